"""`ganwright export`: a run's generator as a file that needs nothing of how it was trained."""

from pathlib import Path

from ganwright.cli.flags import Json, Quiet, RunFolder, verb

app = verb(
    "export",
    "RUN [flags]",
    """
ganwright export runs/digits-demo
ganwright export runs/digits-demo --to onnx
ganwright export runs/digits-demo --to torch-export --out shipped/digits.pt2
""",
)


@app.default
def export(
    run: RunFolder,
    /,
    *,
    to: str = "safetensors",
    out: Path | None = None,
    licence: str | None = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Write a run's generator to a file, with a model card.

    The file is read again and compared with the trained network before it is kept. Figures, settings, the licence of
    the data and the mark of generated media are inside. `ganwright.load(FILE).sample(16)` uses it.

    Args:
        to: The format: safetensors (exact; for ganwright), onnx (for any language; needs the extra `onnx`) or
            torch-export (for torch alone).
        licence: Under which the data are, in one line, where ganwright does not know it: 'CC BY 4.0 (Jane Doe)'.
        out: The file; by default RUN/export/NAME. README.md and samples.png are written beside it.
    """
    from ganwright import runs
    from ganwright.cli import output
    from ganwright.runs.exporting import export_run

    written = export_run(runs.load(run), to, out, licence=licence)
    if not quiet and not json:
        for note in written.notes:
            output.messages().print(f"note: {note}", soft_wrap=True)
    lines = [
        f"file     {written.file} ({output.size(written.num_bytes)})",
        f"card     {written.card}",
        f"picture  {written.picture}",
        f"parity   differs by at most {written.parity.largest:.1e} from the trained network",
        f'use      python -c \'import ganwright as gw; gw.load("{written.file}").save_samples("samples.png", 16)\'',
    ]
    output.print_result(json, {"run": run, **written.plain()}, lines)
