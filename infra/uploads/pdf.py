"""A PDF is drawn anew: pages, and of them only what is seen, copied into a new file. Runs in the confined child."""

from io import BytesIO

from pikepdf import Array, Dictionary, Name, Object, Page, PasswordError, Pdf, PdfError, Stream, StreamDecodeLevel
from pikepdf.settings import set_qpdf_limits
from PIL import Image

from infra.settings import UploadSettings
from infra.uploads.messages import CleanFile
from infra.uploads.pdf_names import ALLOWED, DRAWN, NAMED, PAGE_BOXES, PHOTOGRAPHS, PICTURES, UNPACKED
from infra.uploads.refusals import RefusalCode, refusal

_BYTES_A_PIXEL = 4
_SPENT = ("memory limit exceeded", "bad_alloc")  # qpdf says it in words only
_DRAWING_BYTES = 32 * 1024 * 1024  # all text, lines and fonts of a document, unpacked: a reader must unpack them too


def rebuild_pdf(data: bytes, limits: UploadSettings) -> CleanFile:
    largest = limits.max_pixels * _BYTES_A_PIXEL
    set_qpdf_limits(flate_max_memory=largest, run_length_max_memory=largest)
    try:
        with Pdf.open(BytesIO(data), attempt_recovery=False) as source, Pdf.new() as target:
            _judge(source, limits)
            _draw_annotations(source)
            copy = _Copy(target, limits)
            for page in source.pages:
                target.pages.append(Page(copy.page(page.obj)))
            if source.get_warnings():
                raise refusal(RefusalCode.DAMAGED, limits)
            out = BytesIO()
            target.save(out, min_version="1.7", deterministic_id=True)
            return CleanFile(data=out.getvalue(), media_type="application/pdf", pages=len(target.pages))
    except PasswordError:
        raise refusal(RefusalCode.ENCRYPTED, limits) from None
    except PdfError as error:
        spent = any(sign in str(error) for sign in _SPENT)
        raise refusal(RefusalCode.TOO_EXPENSIVE if spent else RefusalCode.DAMAGED, limits) from None


def _judge(source: Pdf, limits: UploadSettings) -> None:
    if source.is_encrypted:
        raise refusal(RefusalCode.ENCRYPTED, limits)
    if len(source.pages) == 0:
        raise refusal(RefusalCode.EMPTY, limits)
    if len(source.pages) > limits.max_pdf_pages:
        raise refusal(RefusalCode.TOO_MANY_PAGES, limits)


def _draw_annotations(source: Pdf) -> None:
    """Filled-in fields and stamps are seen, so they become part of the drawing; the annotations are not copied."""
    form = source.Root.get("/AcroForm")
    if isinstance(form, Dictionary) and "/NeedAppearances" in form:
        del form["/NeedAppearances"]  # it would tell qpdf to leave fields out that it cannot draw better itself
    source.flatten_annotations("screen")


class _Copy:
    """Copies by the list of allowed names, each indirect object once, and counts what the streams unpack to."""

    def __init__(self, target: Pdf, limits: UploadSettings) -> None:
        self._target = target
        self._limits = limits
        self._picture_bytes = limits.max_pixels * _BYTES_A_PIXEL
        self._drawing_bytes = _DRAWING_BYTES
        self._done: dict[tuple[int, int], Object] = {}

    def page(self, page: Object) -> Object:
        fresh = Dictionary(Type=Name.Page)
        for key in (*PAGE_BOXES, "/Resources", "/Contents"):
            if key in page:
                fresh[key] = self._value(page[key])
        return self._target.make_indirect(fresh)

    def _value(self, value: object, *, named: bool = False) -> object:
        if not isinstance(value, Object):
            return value
        if value.is_indirect and value.objgen in self._done:
            return self._done[value.objgen]
        if isinstance(value, Stream):
            return self._stream(value)
        if isinstance(value, Dictionary):
            return self._dictionary(value, named=named)
        if isinstance(value, Array):
            return self._remember(value, Array([self._value(item) for item in value]))
        return Object.parse(value.unparse())

    def _dictionary(self, source: Dictionary, *, named: bool) -> Object:
        fresh = self._remember(source, Dictionary())
        self._fill(fresh, source, named=named)
        return fresh

    def _stream(self, source: Stream) -> Object:
        fresh = self._remember(source, Stream(self._target, b""))
        packed, parameters = _filters(source)
        kept = [place for place, name in enumerate(packed) if name not in UNPACKED]
        if not kept:
            fresh.write(self._counted(source, source.read_bytes(StreamDecodeLevel.specialized)))
        elif kept == [len(packed) - 1] and packed[-1] in PICTURES:
            picture = self._counted(source, self._picture(source, packed[:-1], parameters[:-1]))
            self._measure(source, picture, packed[-1])
            fresh.write(picture, filter=Name(packed[-1]), decode_parms=self._parameters(parameters[-1]))
        else:
            raise refusal(RefusalCode.DAMAGED, self._limits)
        self._fill(fresh, source, named=False)
        return fresh

    def _fill(self, fresh: Object, source: Object, *, named: bool) -> None:
        for key, value in source.items():
            if not named and key not in ALLOWED:
                continue
            if key == "/XObject" and isinstance(value, Dictionary):
                fresh[key] = self._drawn(value)
            else:
                fresh[key] = self._value(value, named=key in NAMED)

    def _drawn(self, named: Dictionary) -> Dictionary:
        kinds = {key: value for key, value in named.items() if isinstance(value, Stream)}
        return Dictionary({key: self._value(value) for key, value in kinds.items() if value.get("/Subtype") in DRAWN})

    def _picture(self, source: Stream, wrapped: list[str], parameters: list[object]) -> bytes:
        """The picture's own bytes, without the general filters that some programs wrap around them."""
        if not wrapped:
            return source.read_raw_bytes()
        inner = Stream(self._target, b"")
        cleaned = Array([self._parameters(each) or Dictionary() for each in parameters])
        inner.write(source.read_raw_bytes(), filter=Array([Name(name) for name in wrapped]), decode_parms=cleaned)
        return inner.read_bytes(StreamDecodeLevel.specialized)

    def _parameters(self, parameters: object) -> Dictionary | None:
        if not isinstance(parameters, Dictionary):
            return None
        fresh = Dictionary()
        self._fill(fresh, parameters, named=False)
        return fresh

    def _measure(self, source: Stream, picture: bytes, kind: str) -> None:
        width, height = source.get("/Width", 0), source.get("/Height", 0)
        if not isinstance(width, int) or not isinstance(height, int):
            raise refusal(RefusalCode.DAMAGED, self._limits)
        if width * height > self._limits.max_pixels:
            raise refusal(RefusalCode.TOO_MANY_PIXELS, self._limits)
        if kind in PHOTOGRAPHS:
            Image.open(BytesIO(picture), formats=("JPEG", "JPEG2000")).close()  # judges the header by the same limit

    def _counted(self, source: Stream, data: bytes) -> bytes:
        if source.get("/Subtype") == "/Image":
            self._picture_bytes -= len(data)
        else:
            self._drawing_bytes -= len(data)
        if min(self._picture_bytes, self._drawing_bytes) < 0:
            raise refusal(RefusalCode.TOO_EXPENSIVE, self._limits)
        return data

    def _remember(self, source: Object, fresh: Object) -> Object:
        if source.is_indirect:
            fresh = self._target.make_indirect(fresh)
            self._done[source.objgen] = fresh
        return fresh


def _filters(source: Stream) -> tuple[list[str], list[object]]:
    """Names and parameters in the order in which they unpack, the short and the long way of writing them alike."""
    names, parameters = (_listed(source.get(key)) for key in ("/Filter", "/DecodeParms"))
    return [str(name) for name in names], [*parameters, *[None] * (len(names) - len(parameters))]


def _listed(value: object) -> list[object]:
    if value is None:
        return []
    return list(value) if isinstance(value, Array) else [value]
