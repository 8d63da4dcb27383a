"""Small pictures and PDFs as applicants and attackers send them."""

import zlib
from io import BytesIO

import pikepdf
from pikepdf import Array, Dictionary, Name, Pdf, Stream, String
from PIL import Image


def picture(form: str = "JPEG", *, mode: str = "RGB", size: tuple[int, int] = (60, 40), **saved: object) -> bytes:
    """Left half dark, right half light: a turned picture can be told."""
    image = Image.new("RGB", size, (200, 210, 220))
    image.paste((40, 30, 20), (0, 0, size[0] // 2, size[1]))
    out = BytesIO()
    image.convert(mode).save(out, form, **saved)
    return out.getvalue()


def saved(pdf: Pdf, **how: object) -> bytes:
    out = BytesIO()
    pdf.save(out, **how)
    return out.getvalue()


def pdf_of(*pages: bytes) -> Pdf:
    """One A5 page per content stream; the font is /F."""
    pdf = pikepdf.new()
    for content in pages:
        page = pdf.add_blank_page(page_size=(420, 595))
        page.Contents = Stream(pdf, content)
        page.Resources = Dictionary(
            Font=Dictionary(F=Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica))
        )
    return pdf


def text_pdf(text: str = "Salary certificate", *, pages: int = 1, **how: object) -> bytes:
    content = f"BT /F 24 Tf 40 300 Td ({text}) Tj ET".encode()
    return saved(pdf_of(*[content] * pages), **how)


def with_picture(pdf: Pdf, raw: bytes, *, size: tuple[int, int], filters: list[Name], **keys: object) -> Stream:
    """Draw `raw`, packed with `filters`, on the first page, and return its stream."""
    stream = Stream(pdf, b"")
    stream.write(raw, filter=Array(filters))
    described = {"/Type": Name.XObject, "/Subtype": Name.Image, "/Width": size[0], "/Height": size[1]}
    described |= {"/ColorSpace": Name.DeviceRGB, "/BitsPerComponent": 8}
    for key, value in (described | {f"/{key}": value for key, value in keys.items()}).items():
        stream[key] = value
    page = pdf.pages[0]
    page.Resources.XObject = Dictionary(Im=stream)
    page.Contents = Stream(pdf, b"q 300 0 0 200 40 40 cm /Im Do Q")
    return stream


def scan_pdf(**keys: object) -> bytes:
    pdf = pdf_of(b"")
    with_picture(pdf, picture(), size=(60, 40), filters=[Name.DCTDecode], **keys)
    return saved(pdf)


def bomb_pdf(megabytes: int) -> bytes:
    packer = zlib.compressobj(1)
    packed = b"".join(packer.compress(b" " * 2**20) for _ in range(megabytes)) + packer.flush()
    pdf = pdf_of(b"")
    pdf.pages[0].Contents.write(packed, filter=Name.FlateDecode)
    return saved(pdf)


def armed_pdf() -> bytes:
    """A readable page with everything that a reader could run, open or leak."""
    pdf = pdf_of(b"BT /F 24 Tf 40 300 Td (Salary certificate) Tj ET")
    script = Dictionary(Type=Name.Action, S=Name.JavaScript, JS=String("app.alert(1)"))
    payload = pdf.make_indirect(Stream(pdf, b"MZ evil"))
    payload.Type = Name.EmbeddedFile
    spec = pdf.make_indirect(Dictionary(Type=Name.Filespec, F=String("evil.exe"), EF=Dictionary(F=payload)))
    pdf.Root.OpenAction = script
    pdf.Root.AA = Dictionary(WC=script)
    pdf.Root.AF = Array([spec])
    pdf.Root.Names = Dictionary(
        JavaScript=Dictionary(Names=Array([String("a"), script])),
        EmbeddedFiles=Dictionary(Names=Array([String("evil.exe"), spec])),
    )
    pdf.docinfo["/Author"] = "Author Secret"
    page = pdf.pages[0]
    page.AA = Dictionary(O=script)
    page.AF = Array([spec])
    launch = Dictionary(S=Name.Launch, F=String("evil.exe"))
    page.Annots = Array([Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=Array([0, 0, 9, 9]), A=launch)])
    page.Resources.XObject = Dictionary(X=_armed_form(pdf, spec, script), P=_postscript(pdf))
    page.Resources.Properties = Dictionary(MC0=Dictionary(Type=Name.OCG, AF=Array([spec]), Name=String("evil layer")))
    return saved(pdf)


def _armed_form(pdf: Pdf, spec: pikepdf.Object, script: Dictionary) -> Stream:
    form = Stream(pdf, b"")
    keys = {"Type": Name.XObject, "Subtype": Name.Form, "BBox": Array([0, 0, 9, 9]), "AF": Array([spec]), "AA": script}
    for key, value in keys.items():
        form[f"/{key}"] = value
    form.Metadata = Stream(pdf, b"<x:xmpmeta>Author Secret</x:xmpmeta>")
    form.PieceInfo = Dictionary(Private=spec)
    form.Ref = Dictionary(F=spec)
    return form


def _postscript(pdf: Pdf) -> Stream:
    program = Stream(pdf, b"(evil) print")
    program.Type, program.Subtype = Name.XObject, Name.PS
    return program
