"""Paints the pictures that a person hands in: passport page, personal photo, civil ID card. All say SPECIMEN."""

from functools import cache
from typing import Final

from PIL import Image, ImageDraw
from PIL.ExifTags import GPS, IFD, Base

from infra.demo.ink import (
    FAINT,
    Color,
    grained,
    jpeg,
    mark_as_specimen,
    paper,
    silhouette,
    write,
    write_arabic,
    write_spaced,
)
from infra.sandbox.people import Specimen
from models.mrz import write_td3

_PASSPORT: Final = (1200, 850)
_PHOTO: Final = (472, 708)  # 40 x 60 mm at 300 dpi
_CARD: Final = (1012, 638)
_BLUE: Final[Color] = (43, 95, 168)
_GREY: Final[Color] = (206, 212, 214)
_MRZ_LEFT, _MRZ_TOP, _MRZ_PITCH = 50, 690, 25.0
_CLOTHES: Final[tuple[Color, ...]] = ((70, 78, 92), (122, 44, 60), (40, 92, 78), (150, 116, 60), (84, 66, 120))


def passport_page(person: Specimen) -> bytes:
    page = _blank_passport().copy()
    page.paste(silhouette((340, 450), clothes=_clothes(person), ground=_GREY), (60, 150))
    for (_, x, y), value in zip(_PASSPORT_FIELDS, _passport_values(person), strict=True):
        write(page, (x, y + 22), value, size=27)
    for line, text in enumerate(write_td3(person.passport)):
        write_spaced(page, (_MRZ_LEFT, _MRZ_TOP + 54 * line), text, size=32, pitch=_MRZ_PITCH)
    return jpeg(page)


def personal_photo(person: Specimen) -> bytes:
    """With the traces a phone leaves (place, time, device), so that removing them is real work."""
    photo = grained(silhouette(_PHOTO, clothes=_clothes(person), ground=_BLUE))
    exif = Image.Exif()
    exif[Base.Make] = "Synthetic phone"
    exif[Base.DateTime] = "2026:01:01 09:00:00"
    exif.get_ifd(IFD.GPSInfo).update(
        {
            GPS.GPSLatitudeRef: "N",
            GPS.GPSLatitude: (29.0, 22.0, 0.0),
            GPS.GPSLongitudeRef: "E",
            GPS.GPSLongitude: (47.0, 58.0, 0.0),
        }
    )
    return jpeg(photo, exif=exif)


def civil_id(person: Specimen) -> bytes:
    card = _blank_card().copy()
    card.paste(silhouette((240, 320), clothes=_clothes(person), ground=_GREY), (40, 150))
    write(card, (320, 180), person.civil_number, size=44)
    write_arabic(card, (972, 258), person.resident.civil.name_ar, size=32)
    write(card, (320, 312), person.resident.civil.name_latin, size=28)
    passport = person.passport
    values = [passport.nationality, passport.sex or "", f"{passport.born:%d/%m/%Y}"]
    for x, value in zip(_CARD_COLUMNS.values(), values, strict=True):
        write(card, (x, 402), value, size=28)
    return jpeg(card)


_PASSPORT_FIELDS: Final = (
    ("Type", 440, 150), ("Issuing state", 560, 150), ("Passport no.", 800, 150),
    ("Surname", 440, 230), ("Given names", 440, 310),
    ("Nationality", 440, 390), ("Sex", 800, 390),
    ("Date of birth", 440, 470), ("Civil number in Kuwait", 800, 470),
    ("Date of expiry", 440, 550), ("Authority", 800, 550),
)  # fmt: skip
_CARD_COLUMNS: Final = {"Nationality": 320, "Sex": 540, "Date of birth": 680}


def _passport_values(person: Specimen) -> list[str]:
    passport = person.passport
    return [
        passport.document_code, passport.issuing_state, passport.number,
        passport.surname, passport.given_names,
        passport.nationality, passport.sex or "",
        f"{passport.born:%d %b %Y}".upper(), person.civil_number,
        f"{passport.expires:%d %b %Y}".upper(), "NOBODY",
    ]  # fmt: skip


def _clothes(person: Specimen) -> Color:
    return _CLOTHES[int(person.civil_number[-3:]) % len(_CLOTHES)]


@cache
def _blank_passport() -> Image.Image:
    page = paper(_PASSPORT, (226, 232, 226))
    mark_as_specimen(page, footer_y=806)
    write(page, (60, 50), "PASSPORT", size=48)
    write_arabic(page, (1140, 44), "جواز سفر", size=48)
    for label, x, y in _PASSPORT_FIELDS:
        write(page, (x, y), label, size=17, fill=FAINT)
    ImageDraw.Draw(page).rectangle((0, 668, 1200, 796), fill=(246, 246, 242))
    return page


@cache
def _blank_card() -> Image.Image:
    card = paper(_CARD, (228, 224, 238))
    mark_as_specimen(card, footer_y=586)
    write(card, (40, 44), "CIVIL ID CARD", size=40)
    write_arabic(card, (972, 38), "البطاقة المدنية", size=40)
    write(card, (320, 156), "Civil number", size=17, fill=FAINT)
    for label, x in _CARD_COLUMNS.items():
        write(card, (x, 380), label, size=17, fill=FAINT)
    return card
