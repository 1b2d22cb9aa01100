"""The smallest GAN: one readable training step, in plain torch. Run it: python -m ganwright.lessons.minimal

Everything else in ganwright is this step, made fast, safe, exact and general.
"""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

LATENT_SIZE = 64


def networks(num_pixels: int = 64) -> tuple[nn.Module, nn.Module]:
    """A generator (N, 64) -> (N, num_pixels) in [-1, 1] and a discriminator (N, num_pixels) -> logits (N, 1)."""
    generator = nn.Sequential(
        nn.Linear(LATENT_SIZE, 256), nn.ReLU(), nn.Linear(256, 512), nn.ReLU(), nn.Linear(512, num_pixels), nn.Tanh()
    )
    discriminator = nn.Sequential(
        nn.Linear(num_pixels, 512), nn.LeakyReLU(0.2), nn.Linear(512, 256), nn.LeakyReLU(0.2), nn.Linear(256, 1)
    )
    return generator, discriminator


def train_step(
    generator: nn.Module,
    discriminator: nn.Module,
    generator_optimiser: torch.optim.Optimizer,
    discriminator_optimiser: torch.optim.Optimizer,
    real: Tensor,
) -> tuple[float, float]:
    """One step of each player on a batch of real items (N, num_pixels). Returns (d_loss, g_loss).

    Before any training, D says 1/2 to everything: d_loss is about 2 ln 2 = 1.386 and g_loss about ln 2 = 0.693.
    """
    # The discriminator learns to say 1 to real and 0 to fake. detach: the generator does not help it.
    fake = generator(torch.randn(len(real), LATENT_SIZE)).detach()
    on_real, on_fake = discriminator(real), discriminator(fake)
    d_loss = F.binary_cross_entropy_with_logits(on_real, torch.ones_like(on_real))
    d_loss = d_loss + F.binary_cross_entropy_with_logits(on_fake, torch.zeros_like(on_fake))
    discriminator_optimiser.zero_grad()
    d_loss.backward()
    discriminator_optimiser.step()

    # The generator learns to make the discriminator say 1 to its fakes.
    on_fake = discriminator(generator(torch.randn(len(real), LATENT_SIZE)))
    g_loss = F.binary_cross_entropy_with_logits(on_fake, torch.ones_like(on_fake))
    generator_optimiser.zero_grad()
    g_loss.backward()
    generator_optimiser.step()
    return d_loss.item(), g_loss.item()


def main(num_steps: int = 2_000, batch_size: int = 64) -> None:
    """Train on the embedded 8x8 digits for about twenty seconds and print what it came to."""
    from sklearn.datasets import load_digits

    torch.manual_seed(0)
    pixels = torch.from_numpy(load_digits(return_X_y=True)[0]).float() / 8 - 1  # 0..16 -> -1..1
    generator, discriminator = networks()
    g_optimiser = torch.optim.Adam(generator.parameters(), 2e-4, betas=(0.5, 0.999))
    d_optimiser = torch.optim.Adam(discriminator.parameters(), 2e-4, betas=(0.5, 0.999))
    print(f"expected at the start: d_loss {2 * math.log(2):.3f}, g_loss {math.log(2):.3f}")
    for step in range(num_steps + 1):
        real = pixels[torch.randint(len(pixels), (batch_size,))]
        d_loss, g_loss = train_step(generator, discriminator, g_optimiser, d_optimiser, real)
        if step % (num_steps // 5) == 0:
            print(f"step {step:5d}: d_loss {d_loss:.3f}, g_loss {g_loss:.3f}")
    with torch.no_grad():
        images = generator(torch.randn(6, LATENT_SIZE)).view(6, 8, 8)
    for row in range(8):
        print(
            "   ".join("".join(" .:-=+*#%@"[int((v + 1) * 4.99)] * 2 for v in image[row].tolist()) for image in images)
        )


if __name__ == "__main__":
    main()
