"""The page Architectures: networks as drawings, what their parts see, and which patches of a picture look real."""

from ganwright.studio.architectures.routes import ROUTES

__all__ = ["ROUTES"]
