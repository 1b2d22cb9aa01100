"""Floor 8: what can be learnt by running it. A lesson is a declarative file; one runner trains, measures and judges."""

from ganwright.lessons.base import Lesson
from ganwright.lessons.break_it import LESSON as BREAK_IT
from ganwright.lessons.collapse import LESSON as COLLAPSE
from ganwright.lessons.counterfeiter import LESSON as COUNTERFEITER
from ganwright.lessons.critic_unbounded import LESSON as CRITIC_UNBOUNDED
from ganwright.lessons.first_gan import LESSON as FIRST_GAN
from ganwright.lessons.imbalance import LESSON as IMBALANCE
from ganwright.lessons.long_run import LESSON as LONG_RUN
from ganwright.lessons.mlp_vs_dcgan import LESSON as MLP_VS_DCGAN
from ganwright.lessons.optimal_discriminator import LESSON as OPTIMAL_DISCRIMINATOR
from ganwright.lessons.precision_recall import LESSON as PRECISION_RECALL
from ganwright.lessons.saturating import LESSON as SATURATING
from ganwright.lessons.slow_discriminator import LESSON as SLOW_DISCRIMINATOR
from ganwright.lessons.spectral_norm import LESSON as SPECTRAL_NORM
from ganwright.lessons.three_curves import LESSON as THREE_CURVES
from ganwright.lessons.vit import LESSON as VIT
from ganwright.lessons.wasserstein_vs_js import LESSON as WASSERSTEIN_VS_JS
from ganwright.lessons.wgan_gp_vs_bce import LESSON as WGAN_GP_VS_BCE

LESSONS: dict[str, Lesson] = {
    lesson.name: lesson
    for lesson in (
        FIRST_GAN,
        COLLAPSE,
        MLP_VS_DCGAN,
        SATURATING,
        SPECTRAL_NORM,
        SLOW_DISCRIMINATOR,
        THREE_CURVES,
        LONG_RUN,
        BREAK_IT,
        OPTIMAL_DISCRIMINATOR,
        WASSERSTEIN_VS_JS,
        CRITIC_UNBOUNDED,
        IMBALANCE,
        COUNTERFEITER,
        VIT,
        WGAN_GP_VS_BCE,
        PRECISION_RECALL,
    )
}

__all__ = ["LESSONS", "Lesson"]
