"""The part of the studio for data: what there is, which folders may be used, uploads and audits."""
