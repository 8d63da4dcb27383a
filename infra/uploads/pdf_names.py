"""The names a rebuilt PDF may contain (ISO 32000-1). What is not here is not copied: actions, scripts, files, forms."""

PAGE_BOXES = ("/MediaBox", "/CropBox", "/Rotate")

# Dictionaries whose keys are free: names that the page's content gives to its fonts, pictures and colours.
NAMED = frozenset(
    {"/ExtGState", "/ColorSpace", "/Pattern", "/Shading", "/XObject", "/Font", "/CharProcs", "/Colorants"}
)

_IMAGE = "Width Height ColorSpace BitsPerComponent Intent ImageMask Mask Decode Interpolate SMask SMaskInData Matte"
_FORM = "FormType BBox Matrix Resources Group S CS I K"
_GRAPHICS_STATE = "LW LC LJ ML D RI OP op OPM FL SM SA BM CA ca AIS TK G BC TR"
_PATTERN = "PatternType PaintType TilingType XStep YStep"
_SHADING = "ShadingType Background AntiAlias Domain Function Coords Extend BitsPerCoordinate BitsPerFlag VerticesPerRow"
_FUNCTION = "FunctionType Range Size BitsPerSample Order Encode C0 C1 N Functions Bounds"
_COLOUR = "WhitePoint BlackPoint Gamma Alternate Process Components"
_FONT = (
    "BaseFont Name FirstChar LastChar Widths FontDescriptor Encoding BaseEncoding Differences ToUnicode "
    "DescendantFonts CIDSystemInfo Registry Ordering Supplement DW W DW2 W2 CIDToGIDMap CMapName WMode UseCMap "
    "FontName FontFamily FontStretch FontWeight FontBBox FontMatrix Flags ItalicAngle Ascent Descent Leading CapHeight "
    "XHeight StemV StemH AvgWidth MaxWidth MissingWidth FontFile FontFile2 FontFile3 CharSet CIDSet "
    "Length1 Length2 Length3"
)
_DECODING = (
    "Predictor Colors Columns EarlyChange EndOfLine EncodedByteAlign Rows EndOfBlock BlackIs1 DamagedRowsBeforeError "
    "JBIG2Globals ColorTransform"
)
ALLOWED = NAMED | {
    f"/{name}"
    for names in (_IMAGE, _FORM, _GRAPHICS_STATE, _PATTERN, _SHADING, _FUNCTION, _COLOUR, _FONT, _DECODING)
    for name in ("Type", "Subtype", *names.split())
}
DRAWN = frozenset({"/Image", "/Form"})  # the third kind of XObject is PostScript

UNPACKED = frozenset({"/FlateDecode", "/LZWDecode", "/ASCII85Decode", "/ASCIIHexDecode", "/RunLengthDecode"})
PHOTOGRAPHS = frozenset({"/DCTDecode", "/JPXDecode"})  # their own header states a size
PICTURES = PHOTOGRAPHS | {"/CCITTFaxDecode", "/JBIG2Decode"}  # copied as they are
