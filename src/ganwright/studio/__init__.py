"""Floor 9: the studio, a local web application over run folders. Deleting this folder breaks nothing below."""

from ganwright.studio.app import build
from ganwright.studio.state import Studio

__all__ = ["Studio", "build"]
