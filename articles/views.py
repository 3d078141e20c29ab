"""The editors' uploads, and the files of the media folder."""

import mimetypes
from pathlib import Path
from typing import Final

from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.exceptions import SuspiciousFileOperation
from django.http import (
    FileResponse,
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseNotModified,
    JsonResponse,
)
from django.utils._os import safe_join
from django.utils.http import http_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from django.views.static import was_modified_since

from articles.admin.pictures import told
from articles.intake import PictureRefused, receive
from articles.richtext import PROSE

#: What the media folder may show as it is; anything else is only offered for download.
_SHOWN: Final = {
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
    ".webp": "image/webp",
    ".gif": "image/gif",
    ".avif": "image/avif",
}


@require_POST
def upload(request: HttpRequest) -> HttpResponse:
    """A picture from the editor's dialog, a drop or a paste; answers as CKEditor expects it."""
    if (
        not request.user.is_authenticated
        or not request.user.is_staff
        or not request.user.has_perm("articles.add_image")
    ):
        return _refused(_("You may not upload pictures. Log in again if you have been away."), 403)
    file = request.FILES.get("upload")
    if file is None:
        return _refused(_("No file arrived."), 400)
    try:
        taken = receive(file, by=request.user, credit=request.POST.get("credit", "").strip()[:120])
    except PictureRefused as error:
        return _refused(str(error), 400)
    name = Path(taken.image.file.name or "").name
    said = {"uploaded": 1, "fileName": name, "known": taken.known, "said": taken.said}
    return JsonResponse(said | told(taken.image))


def _refused(sentence: str, status: int) -> JsonResponse:
    return JsonResponse({"uploaded": 0, "error": {"message": sentence}}, status=status)


@require_safe
def prose_in_editor(request: HttpRequest) -> HttpResponse:
    """The stylesheets of a story's text, held to the editing area: what an editor sees is what readers get."""
    files = [finders.find(name) for name in PROSE]
    css = "\n".join(Path(file).read_text("utf-8") for file in files if file)
    response = HttpResponse(f".cke .cke_contents {{\n{css}\n}}", content_type="text/css; charset=utf-8")
    response.headers["Cache-Control"] = "public, max-age=0, must-revalidate"
    return response


@require_safe
def media(request: HttpRequest, path: str) -> HttpResponseBase:
    """A file below the media folder, which nothing there can turn into a page of ours."""
    file = _below_media(path)
    known = file.stat()
    response: HttpResponseBase
    if was_modified_since(request.headers.get("If-Modified-Since"), known.st_mtime):
        kind = _SHOWN.get(file.suffix.lower())
        response = FileResponse(file.open("rb"), as_attachment=kind is None, filename=file.name)
        response.headers["Content-Type"] = kind or mimetypes.guess_type("file.bin")[0] or "application/octet-stream"
    else:
        response = HttpResponseNotModified()
    response.headers["Last-Modified"] = http_date(known.st_mtime)
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    # Feed readers and other sites may show our pictures.
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


def _below_media(path: str) -> Path:
    """The file itself, links followed; 404 for folders, hidden files and whatever leads out of the media folder."""
    root = Path(settings.MEDIA_ROOT).resolve()
    try:
        file = Path(safe_join(root, path)).resolve()
        fine = file.is_relative_to(root) and file.is_file()
    except (SuspiciousFileOperation, ValueError, OSError) as error:
        raise Http404 from error
    if not fine or any(part.startswith(".") for part in file.relative_to(root).parts):
        raise Http404
    return file
