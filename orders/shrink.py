"""Run as a child of its own: a picture on standard input, WebP on standard output, at most argv[1] by argv[2] pixels.

With `see-through` it keeps its transparency, and every pixel as it is.

Bombs end here, not in the portal.
"""

import io
import resource
import sys

from PIL import Image, ImageOps

MEMORY = 1024**3
SECONDS = 20


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    Image.MAX_IMAGE_PIXELS = 50_000_000
    picture: Image.Image = Image.open(io.BytesIO(sys.stdin.buffer.read()), formats=["JPEG", "PNG", "WEBP"])
    if picture.width * picture.height > Image.MAX_IMAGE_PIXELS:
        raise ValueError("too many pixels")
    width, height, *see_through = sys.argv[1:]
    mode = "RGBA" if see_through else "RGB"
    picture = ImageOps.exif_transpose(picture).convert(mode)
    picture.thumbnail((int(width), int(height)))
    clean = Image.new(mode, picture.size)
    clean.paste(picture)
    result = io.BytesIO()
    clean.save(result, "WEBP", quality=82, method=2, lossless=bool(see_through))
    sys.stdout.buffer.write(result.getvalue())


if __name__ == "__main__":
    main()
