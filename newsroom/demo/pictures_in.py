"""The demo's pictures, stored as an upload would be; the worker makes their sizes."""

import hashlib
import io
from typing import TYPE_CHECKING

from django.core.files.base import ContentFile
from PIL import Image as Pillow

from articles.models.image import Image
from newsroom.demo import files

if TYPE_CHECKING:
    from newsroom.demo.seed import Demo


def make_pictures(demo: "Demo") -> None:
    for name, words in files.pictures().items():
        content = (files.PICTURES / f"{name}.webp").read_bytes()
        sha256 = hashlib.sha256(content).hexdigest()
        image = Image.objects.filter(sha256=sha256).first()
        if image is None:
            x, y = words["focal"]
            image = Image(
                sha256=sha256,
                alt=words["alt"],
                caption=words["caption"],
                credit=words.get("credit", "Illustration: Newsroom"),
                focal_x=x,
                focal_y=y,
                uploaded_by=demo.users["front"],
            )
            image.file.save(f"{name}.webp", ContentFile(content), save=False)
            # Only now: Django empties both while it stores the file.
            image.width, image.height = Pillow.open(io.BytesIO(content)).size
            image.save()
            demo.note([image])
        demo.images[name] = image
