"""Which eyes a data set is judged with."""

from ganwright.data.digits import DigitsConfig
from ganwright.data.mixtures import Ring8Config
from ganwright.data.stacked import StackedConfig
from ganwright.metrics.classifiers import SHIPPED, ClassifierFeatures
from ganwright.metrics.modes import StackFeatures
from ganwright.runs.classifier import features_for


def test_stacked_digits_are_judged_by_the_classifier_of_single_ones():
    source = StackedConfig(digits="digits", labelled=True)
    data = source.build()
    ready = features_for(source, data, "auto", None)
    given = features_for(source, data, SHIPPED / "digits", None)
    single = features_for(DigitsConfig(), DigitsConfig().build(), "auto", None)
    assert isinstance(ready, StackFeatures)
    assert isinstance(given, StackFeatures)
    assert isinstance(single, ClassifierFeatures)
    assert ready.hash == given.hash == single.hash
    assert ready.classify(data.items[:4])[1].shape == (4, 1000)
    assert features_for(source, data, "none", None) is None


def test_points_have_no_classifier():
    assert features_for(Ring8Config(labelled=True), Ring8Config(labelled=True).build(), "auto", None) is None
