"""What English writes short: units, money, titles, places, acronyms."""

from __future__ import annotations

from studio.voice.language.tokens import listed

MONTHS = listed("January February March April May June July August September October November December")
MONTH_OF = {name[:3].lower(): name for name in MONTHS}
"""First three letters → month."""
DAY_OF = {
    "Mon": "Monday",
    "Tue": "Tuesday",
    "Tues": "Tuesday",
    "Wed": "Wednesday",
    "Thu": "Thursday",
    "Thur": "Thursday",
    "Thurs": "Thursday",
    "Fri": "Friday",
    "Sat": "Saturday",
    "Sun": "Sunday",
}

UNITS = {
    "km/h": ("kilometre per hour", "kilometres per hour"),
    "m/s": ("metre per second", "metres per second"),
    "mph": ("mile per hour", "miles per hour"),
    "fps": ("frame per second", "frames per second"),
    "rpm": ("R P M", "R P M"),
    "dpi": ("D P I", "D P I"),
    "sq ft": ("square foot", "square feet"),
    "sq. ft.": ("square foot", "square feet"),
    "sq km": ("square kilometre", "square kilometres"),
    "sq m": ("square metre", "square metres"),
    "sq mi": ("square mile", "square miles"),
    "km²": ("square kilometre", "square kilometres"),
    "cm²": ("square centimetre", "square centimetres"),
    "m²": ("square metre", "square metres"),
    "m³": ("cubic metre", "cubic metres"),
    "km": ("kilometre", "kilometres"),
    "cm": ("centimetre", "centimetres"),
    "mm": ("millimetre", "millimetres"),
    "kg": ("kilogram", "kilograms"),
    "mg": ("milligram", "milligrams"),
    "lbs": ("pound", "pounds"),
    "lb": ("pound", "pounds"),
    "oz": ("ounce", "ounces"),
    "ft": ("foot", "feet"),
    "in": ("inch", "inches"),
    "yds": ("yard", "yards"),
    "yd": ("yard", "yards"),
    "mi": ("mile", "miles"),
    "hrs": ("hour", "hours"),
    "hr": ("hour", "hours"),
    "mins": ("minute", "minutes"),
    "min": ("minute", "minutes"),
    "secs": ("second", "seconds"),
    "sec": ("second", "seconds"),
    "ms": ("millisecond", "milliseconds"),
    "mos": ("month", "months"),
    "wks": ("week", "weeks"),
    "tsp": ("teaspoon", "teaspoons"),
    "tbsp": ("tablespoon", "tablespoons"),
    "yrs": ("year", "years"),
    "yr": ("year", "years"),
    "GHz": ("gigahertz", "gigahertz"),
    "MHz": ("megahertz", "megahertz"),
    "kHz": ("kilohertz", "kilohertz"),
    "Hz": ("hertz", "hertz"),
    "dB": ("decibel", "decibels"),
    "TB": ("terabyte", "terabytes"),
    "GB": ("gigabyte", "gigabytes"),
    "MB": ("megabyte", "megabytes"),
    "KB": ("kilobyte", "kilobytes"),
    "kW": ("kilowatt", "kilowatts"),
    "kV": ("kilovolt", "kilovolts"),
    "ml": ("millilitre", "millilitres"),
    "°C": ("degree Celsius", "degrees Celsius"),
    "°F": ("degree Fahrenheit", "degrees Fahrenheit"),
    "ºC": ("degree Celsius", "degrees Celsius"),
    "ºF": ("degree Fahrenheit", "degrees Fahrenheit"),
    "℃": ("degree Celsius", "degrees Celsius"),
    "℉": ("degree Fahrenheit", "degrees Fahrenheit"),
    "°": ("degree", "degrees"),
    "m": ("metre", "metres"),
    "g": ("gram", "grams"),
    "L": ("litre", "litres"),
    "V": ("volt", "volts"),
    "W": ("watt", "watts"),
}
"""Sign → one, many."""
POINTED_UNITS = frozenset(listed("lbs lb oz ft in yds yd mi hrs hr mins min secs sec yrs yr mos wks tsp tbsp"))
"""Those that are written with a full stop too; "in" is a unit only with one."""

MONEY = {
    "US$": ("US dollar", "US dollars", "cent", "cents"),
    "HK$": ("Hong Kong dollar", "Hong Kong dollars", "cent", "cents"),
    "$": ("dollar", "dollars", "cent", "cents"),
    "£": ("pound", "pounds", "penny", "pence"),
    "€": ("euro", "euros", "cent", "cents"),
    "¥": ("yuan", "yuan", "fen", "fen"),
}
CODES = {
    "USD": ("US dollar", "US dollars"),
    "EUR": ("euro", "euros"),
    "GBP": ("pound", "pounds"),
    "RMB": ("yuan", "yuan"),
    "CNY": ("yuan", "yuan"),
}
"""Money that is written after the amount."""

SHORT = {
    "Dr": "Doctor",
    "Drs": "Doctors",
    "Mr": "Mister",
    "Mrs": "Missus",
    "Ms": "Miz",
    "Messrs": "Messers",
    "Mme": "Madame",
    "Mlle": "Mademoiselle",
    "Prof": "Professor",
    "Adm": "Admiral",
    "Gen": "General",
    "Brig": "Brigadier",
    "Col": "Colonel",
    "Capt": "Captain",
    "Cpt": "Captain",
    "Cmdr": "Commander",
    "Cdr": "Commander",
    "Comdr": "Commander",
    "Lt": "Lieutenant",
    "Ens": "Ensign",
    "Maj": "Major",
    "Sgt": "Sergeant",
    "Cpl": "Corporal",
    "Pvt": "Private",
    "Pfc": "Private First Class",
    "Rev": "Reverend",
    "Msgr": "Monsignor",
    "Hon": "Honorable",
    "Sen": "Senator",
    "Rep": "Representative",
    "Gov": "Governor",
    "Pres": "President",
    "Supt": "Superintendent",
    "Jr": "Junior",
    "Sr": "Senior",
    "Esq": "Esquire",
    "Ret": "Retired",
    "vs": "versus",
    "etc": "et cetera",
    "Ave": "Avenue",
    "Blvd": "Boulevard",
    "Rd": "Road",
    "Ln": "Lane",
    "Hwy": "Highway",
    "Pkwy": "Parkway",
    "Mt": "Mount",
    "Ft": "Fort",
    "Apt": "Apartment",
    "Inc": "Incorporated",
    "Corp": "Corporation",
    "Bros": "Brothers",
    "Co": "Company",
    "Ltd": "Limited",
    "Dept": "Department",
    "Assn": "Association",
    "Univ": "University",
    "Natl": "National",
    "Intl": "International",
    "Calif": "California",
    "Mass": "Massachusetts",
    "Penn": "Pennsylvania",
    "Conn": "Connecticut",
    "Minn": "Minnesota",
    "Bn": "Battalion",
    "Regt": "Regiment",
    "Div": "Division",
    "Rte": "Route",
    "Approx": "approximately",
    "approx": "approximately",
    "al": "al",
    "cf": "compare",
    "viz": "namely",
    "feat": "featuring",
    "incl": "including",
    "cont": "continued",
    "INT": "interior",
    "EXT": "exterior",
}
"""Said so where a full stop follows."""
DIRECTIONS = {"N": "North", "S": "South", "E": "East", "W": "West"}
PER = {
    "hr": "hour",
    "hour": "hour",
    "min": "minute",
    "day": "day",
    "wk": "week",
    "week": "week",
    "mo": "month",
    "month": "month",
    "yr": "year",
    "year": "year",
    "person": "person",
    "night": "night",
    "lb": "pound",
    "kg": "kilogram",
    "gal": "gallon",
}
"""What is said after "per" for what stands after a stroke: $5/hr."""
NUMBERED = {
    "p": "page",
    "pp": "pages",
    "No": "number",
    "Nos": "numbers",
    "Cat": "Catalogue",
    "h": "height",
    "w": "width",
    "diam": "diameter",
    "no": "number",
    "nos": "numbers",
    "vol": "volume",
    "Vol": "Volume",
    "vols": "volumes",
    "ch": "chapter",
    "Ch": "Chapter",
    "chap": "chapter",
    "fig": "figure",
    "Fig": "Figure",
    "figs": "figures",
    "Figs": "Figures",
    "pl": "plate",
    "Pl": "Plate",
    "cat": "catalogue",
    "sec": "section",
    "Sec": "Section",
    "art": "article",
    "Art": "Article",
    "Rm": "Room",
    "rm": "room",
    "Ste": "Suite",
    "op": "opus",
    "Op": "Opus",
    "ext": "extension",
    "tel": "telephone",
    "Tel": "Telephone",
    "est": "established",
    "Est": "Established",
    "c": "circa",
    "ca": "circa",
    "b": "born",
    "d": "died",
    "m": "married",
    "r": "reigned",
    "fl": "flourished",
}
"""Said so with a full stop before a number."""
ABBREVIATIONS = (
    frozenset(SHORT)
    | frozenset(NUMBERED)
    | {"St", "Ste", "e.g", "i.e", "a.m", "p.m", "Fr", "Sept", "P.O", "a.k.a"}
    | {m[:3] for m in MONTHS}
    | frozenset(DAY_OF)
) - {"no", "al", "art", "cat", "Sun", "Sat", "Wed", "Mon", "in", "sec", "est", "op", "ext", "h", "w", "Mass", "Ret"}
"""Words after which a full stop does not end a sentence."""
NEVER_LAST = frozenset(
    listed(
        "Dr Mr Mrs Ms Messrs Mme Mlle Prof Adm Gen Col Capt Cmdr Lt Ens Maj Sgt Cpl Pvt Rev Sen Gov Mt Ft vs e.g i.e cf"
    )
)
"""Those of them that always go before something, so that a capital after them starts no sentence."""

STATES = {
    "AL": "Alabama",
    "AK": "Alaska",
    "AZ": "Arizona",
    "AR": "Arkansas",
    "CA": "California",
    "CO": "Colorado",
    "CT": "Connecticut",
    "DE": "Delaware",
    "FL": "Florida",
    "GA": "Georgia",
    "ID": "Idaho",
    "IL": "Illinois",
    "IA": "Iowa",
    "KS": "Kansas",
    "KY": "Kentucky",
    "LA": "Louisiana",
    "MD": "Maryland",
    "MA": "Massachusetts",
    "MI": "Michigan",
    "MN": "Minnesota",
    "MS": "Mississippi",
    "MO": "Missouri",
    "MT": "Montana",
    "NE": "Nebraska",
    "NV": "Nevada",
    "NH": "New Hampshire",
    "NJ": "New Jersey",
    "NM": "New Mexico",
    "NY": "New York",
    "NC": "North Carolina",
    "ND": "North Dakota",
    "OH": "Ohio",
    "PA": "Pennsylvania",
    "RI": "Rhode Island",
    "SC": "South Carolina",
    "SD": "South Dakota",
    "TN": "Tennessee",
    "TX": "Texas",
    "UT": "Utah",
    "VT": "Vermont",
    "VA": "Virginia",
    "WA": "Washington",
    "WV": "West Virginia",
    "WI": "Wisconsin",
    "WY": "Wyoming",
}
"""Said so after a town and a comma. Not IN, OR, OK, ME, HI: those are words first."""

RULERS = listed(
    "Alexander Alfonso Alphonse Anne Benedict Catherine Charles Christian Clement Edward Elizabeth Ferdinand Francis "
    "Franz Frederick Friedrich George Gregory Gustav Harald Haakon Henry Innocent Ivan James John Joseph Juan Leo "
    "Leopold Louis Manuel Mary Maximilian Mehmed Napoleon Nicholas Olaf Otto Paul Pedro Peter Philip Pius Ramesses "
    "Rama Richard Robert Rudolf Selim Sigismund Sixtus Urban Victor Vittorio Wilhelm William"
)
SPOKEN_CAPITALS = frozenset(
    listed(
        "I A O US OK WE ARE THE AND IS IT MY NO YES YOU IN ON OF TO ALL FOR SHE HE HIS HER HIM BUT NOT GO DO SO UP OUR "
        "OLD NEW ONE TWO TEN SIX MOM MUM DAD SON MAN MEN WAS HAS HAD CAN AT BE BY OR IF AN AS ME HOW WHO WHY DID MAY "
        "NOW OUT BIG BAD DAY END FUN GOD HOT JOY LET LIE OFF OWN PAY RUN SAY SEE SIT TOO TRY WAR WAY WIN WON YET AM "
        "AGO ANY ASK BED BOY CAR DIE EAT FAR FEW FLY GET GOT HI HEY ITS JOB LAW LOW MAD ODD PUT RED SAD SEA SKY SUN "
        "TEA TOP USE MAX SAM TOM TIM JIM JOE BOB ANN AMY EVE IAN LEE MAE RAY ROY SUE UNA GUS HUG KEY"
    )
)
SAID_AS_WORDS = frozenset(
    listed(
        "NASA NATO UNESCO UNICEF AIDS OPEC SWAT RADAR SONAR LASER SCUBA WAC WAAC WAVES UNIVAC ENIAC EDVAC COBOL "
        "FORTRAN BASIC ASCII NORAD SEATO FEMA NAFTA ASEAN SARS FIFA UEFA BAFTA IMAX DARPA AWOL SEAL SEALs NIMBY AWACS "
        "ANZAC RAM ROM PIN SIM GIF LOL MASH"
    )
)
"""Acronyms that are read as words."""
SPELLED = frozenset(
    listed(
        "USSR NAACP UCLA YMCA YWCA ACLU AFL CIO USMC USAF USCG USNR USDA NYPD LAPD LGBT HTML HTTP RSVP AIFF ASPCA ESPN "
        "USPS USO OAS OSS UNHCR IOU UAE EEC IRA IRS ICBM AAA AARP HIV IQ EU UN UK UFO UHF USA USS USB"
    )
)
"""Longer ones that are spelled, though they could be read."""
BOOKS = frozenset(
    listed(
        "Genesis Exodus Leviticus Numbers Deuteronomy Joshua Judges Ruth Samuel Kings Chronicles Ezra Job Psalm Psalms "
        "Proverbs Ecclesiastes Isaiah Jeremiah Lamentations Ezekiel Daniel Hosea Joel Amos Jonah Micah Matthew Mark "
        "Luke John Acts Romans Corinthians Galatians Ephesians Philippians Colossians Thessalonians Timothy Titus "
        "Hebrews James Peter Jude Revelation"
    )
)
"""Of the Bible: 3:16 after one of them is a verse."""
SIGNS = {
    "&": "and",
    "@": "at",
    "+": "plus",
    "=": "equals",
    "%": "percent",
    "×": "times",
    "÷": "divided by",
    "±": "plus or minus",
    "§": "section",
    "†": "died",
    "<": "less than",
    ">": "greater than",
    "¢": "cents",
}
