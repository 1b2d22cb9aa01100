"""Games in the plane, trained live: each in a process of its own, watched and steered through a WebSocket."""
