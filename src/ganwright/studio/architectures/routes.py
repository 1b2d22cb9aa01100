"""/api/architectures: recipes as drawings, receptive fields, and pictures judged patch by patch."""

from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from ganwright.core.pictures import grid, png_bytes
from ganwright.studio.architectures.drawn import Drawn, catalogue, drawing
from ganwright.studio.architectures.judges import Judged, Judges, Seen, Shown, pixels
from ganwright.studio.replies import endpoint
from ganwright.studio.state import Studio


@endpoint()
def recipes(studio: Studio) -> Any:
    """What can be drawn."""
    return catalogue()


@endpoint(Drawn)
def networks(studio: Studio, query: Drawn) -> Any:
    """The networks of a recipe or of a run, layer by layer."""
    return drawing(studio, query)


@endpoint(Seen)
def field(studio: Studio, query: Seen) -> Any:
    """Which pixels a place of a layer depends on."""
    return studio.service(Judges).field(query)


@endpoint(Shown)
def facts(studio: Studio, query: Shown) -> Any:
    """What can be asked about a run's pictures, and how its discriminator scores real items and samples."""
    return studio.service(Judges).facts(query)


@endpoint(Shown)
def picture(studio: Studio, query: Shown) -> Response:
    """A picture as the discriminator sees it; a sample carries the mark of generated media."""
    item, _ = studio.service(Judges).item(query)
    made = query.picture.startswith("sample:")
    return Response(png_bytes(grid(pixels(item), scale=1), {}, synthetic=made), media_type="image/png")


@endpoint(Judged)
def patches(studio: Studio, query: Judged) -> Any:
    """What each patch of a picture does to its score."""
    return studio.service(Judges).patches(query)


ROUTES = [
    Route("/api/architectures", recipes),
    Route("/api/architectures/networks", networks),
    Route("/api/architectures/field", field),
    Route("/api/architectures/facts", facts),
    Route("/api/architectures/picture", picture),
    Route("/api/architectures/patches", patches),
]
