"""The holidays people name."""

from __future__ import annotations

from api.search.days import Holiday, fixed, last_monday, moving, nth_weekday, weekday_from
from api.search.sentence import table

HOLIDAYS: dict[tuple[str, ...], Holiday] = table(
    {
        "christmas|christmases|xmas|christmas time|christmastime|x mas|noel": fixed(12, 25, 1),
        "christmas day|xmas day": fixed(12, 25),
        "christmas eve|xmas eve": fixed(12, 24),
        "boxing day": fixed(12, 26),
        "new year eve|new years eve|nye|silvester|sylvester": fixed(12, 31),
        "new year day|new years day": fixed(1, 1),
        "new year|new years": fixed(1, 1, 1),
        "halloween|hallowe'en": fixed(10, 31),
        "valentine day|valentines day|valentine|valentines": fixed(2, 14),
        "st patrick day|saint patrick day|st patricks day|saint patricks day|st paddy day": fixed(3, 17),
        "fourth of july|4 th of july|july fourth|july 4 th|independence day": fixed(7, 4),
        "bastille day": fixed(7, 14),
        "april fools|april fool day|april fools day": fixed(4, 1),
        "women day|womens day": fixed(3, 8),
        "epiphany|three kings day": fixed(1, 6),
        "veterans day|veteran day|remembrance day": fixed(11, 11),
        "thanksgiving|thanksgivings|thanksgiving day": nth_weekday(11, 4, 4),
        "black friday": weekday_from(11, 5, 23),
        "mother day|mothers day": nth_weekday(5, 7, 2),
        "father day|fathers day": nth_weekday(6, 7, 3),
        "labor day|labour day": nth_weekday(9, 1, 1),
        "memorial day": last_monday(5),
        "easter|easters": moving(0, 2, 1),
        "easter sunday": moving(0),
        "easter monday": moving(1),
        "good friday": moving(-2),
        "pentecost|whitsun": moving(49, 0, 1),
        "whit sunday": moving(49),
        "whit monday": moving(50),
        "ascension day|feast of the ascension": moving(39),
        "mardi gras|shrove tuesday|fat tuesday": moving(-47),
        "carnival|karneval|fasching": moving(-47, 5, 0),
    }
)
