"""From a history to diagnoses: every detector is asked, and the likeliest root of the trouble comes first."""

from ganwright.health.detectors import DETECTORS
from ganwright.health.diagnosis import Diagnosis
from ganwright.health.history import History


def diagnose(history: History) -> list[Diagnosis]:
    """What the run suffers from at the end of the history; nothing: it is healthy as far as can be seen.

    Failing before watch; among these what unusual settings lead to before other ailments, then in the order of
    DETECTORS, which puts causes before what they cause.
    """
    found = [
        Diagnosis(kind, history.num_images, finding, history.unusual)
        for kind, detector in DETECTORS.items()
        if (finding := detector.find(history)) is not None
    ]
    return sorted(found, key=lambda d: (d.severity != "failing", d.kind not in history.explains))
