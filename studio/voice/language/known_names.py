"""Names, and other words with a capital, that every English voice reads alike: no preview asks about them."""

from __future__ import annotations

from studio.voice.language.english_tables import DAY_OF, MONTHS, RULERS, SHORT, STATES
from studio.voice.language.tokens import listed

_PEOPLE = listed("""
adam alan albert alex alfred alice amanda amy andrea andrew angela ann anna annie anthony arthur barbara ben benjamin
bernard bert betty beth bill billy bob bobby brian bruce carl carol caroline carter charlie charlotte chris christine
christopher clara claire colin cynthia dan daniel david dean deborah dennis diana diane dick don donald donna dorothy
doris doug douglas earl ed eddie edgar edith edna eleanor ella ellen emily emma eric ernest esther ethel eva evelyn
florence frances frank fred gary gene gerald gilbert gloria gordon grace graham greg guy hannah harold harriet harry
harvey helen herbert herman howard hugh ian ida irene jack jackie jacob jake jane janet jason jean jeff jennifer jerry
jessica jessie jill jim jimmy joan joe joel johnny jonathan joy joyce judith judy julia julie june karen kate
katherine kathleen kathy keith kelly ken kenneth kevin kim larry laura laurence lawrence lee leonard lewis lillian
linda lisa liz lloyd lois louise lucille lucy luke lynn mabel margaret maria marie marilyn marion mark marjorie martha
martin marvin matthew maurice max may melvin michael michelle mike mildred milton molly nancy nathan ned neil nell
nellie nick nicole nora norma norman oliver oscar pamela pat patricia patrick paula pauline pearl peggy penny percy
phil phyllis ralph ray raymond rebecca rita rob roger roland ronald rose roy ruby russell ruth sally sam samuel sandra
sara sarah scott sharon sheila shirley simon sophia sophie stanley stella stephen steve steven stuart sue susan sylvia
ted teresa terry theodore theresa thomas tim timothy todd tom tommy tony tracy vera vernon victoria vincent viola
violet virginia vivian walter wanda warren wayne wendy will wilma winston adams allen anderson bailey baker barnes
bell bennett brooks brown bryant butler campbell clark coleman collins cook cooper cox cruz davis diaz edwards evans
fisher flores ford foster fox franklin garcia gibson gonzalez gray green griffin hall hamilton harris harrison hart
hayes henderson hill holmes hopper hughes hunt hunter jackson jefferson jenkins johnson jones jordan kennedy king
knight lincoln long lopez martinez mason mcdonald miller mills mitchell moore morgan morris murphy murray myers nelson
newton nixon parker patterson perez perry peterson phillips porter powell price reagan reed reynolds rice richardson
rivera roberts robertson robinson rodriguez rogers roosevelt ross sanders shaw simmons simpson smith snyder spencer
stevens stewart stone sullivan taylor thompson torres truman tucker turner walker wallace ward washington watson
weaver webb weber wells west wheeler white williams wilson wood woods wright young
""")
_PLACES = listed("""
africa america american americans arctic asia asian atlanta atlantic australia australian austria baltimore beijing
berlin birmingham boston brazil britain british broadway brooklyn california cambridge canada canadian chicago china
chinese christmas church cleveland cuba dallas denver detroit dublin dutch east easter egypt egyptian england english
europe european florida france french german germany gettysburg god greece greek greenwich harvard hawaii hollywood
holland hong houston hudson india indian ireland irish island israel italian italy japan japanese jerusalem jesus jewish
kong korea korean lake latin lincoln liverpool london los louisiana madrid manchester manhattan maryland mexico miami
michigan milan mississippi moscow museum naval navy army new nile normandy north norway oklahoma oxford pacific paris
park pearl harbor philadelphia pittsburgh poland polish princeton queen prince princess river roman rome royal russia
russian san santa scotland scottish seattle shanghai smithsonian soviet spain spanish states street avenue road south
stanford sweden swedish switzerland sydney texas thames thanksgiving tokyo toronto tower turkey union united vatican
venice vienna vietnam wales war world wall yale yankee york first second third hall house library university college
school hospital center centre company national international institute society club day night mother father mom dad
grandma grandpa grandmother grandfather mister missus doctor lord lady sir captain president general the of and
""")
KNOWN = (
    frozenset(_PEOPLE)
    | frozenset(_PLACES)
    | {word.casefold() for word in (*MONTHS, *RULERS, *SHORT, *SHORT.values(), *DAY_OF, *DAY_OF.values())}
    | {part.casefold() for state in STATES.values() for part in state.split()}
)
"""In small letters."""
