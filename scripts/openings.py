"""Openings of the built-in corpus: the first words of every document, written here and drawn by seed.

A small language model left to itself writes about few things. Each document therefore begins with a
drawn opening, rich in dates, days, numbers and places, and the model goes on from there.
"""

import numpy as np

DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
MONTHS = (
    "January February March April May June July August September October November December"
).split()
SEASONS = "spring summer autumn winter".split()
NUMBERS = (
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety"
).split()
ORDINALS = "first second third fourth fifth sixth seventh eighth ninth tenth".split()
COLOURS = "red orange yellow green blue purple brown black white grey pink gold".split()
PLACES = (
    "Lisbon|Oslo|Nairobi|Lima|Kyoto|Boston|Chicago|Vienna|Prague|Cairo|Delhi|Sydney|Toronto|Dublin|"
    "Athens|Warsaw|Geneva|Havana|Seoul|Bangkok|Istanbul|Madrid|Rome|Paris|London|Berlin|Moscow|"
    "Beijing|Tokyo|Mexico City|Buenos Aires|Cape Town|Helsinki|Stockholm|Copenhagen|Brussels|"
    "Amsterdam|Budapest|Edinburgh|Manchester|Seattle|Denver|Houston|Atlanta|Miami|Montreal|Bogota|"
    "Santiago|Lagos|Accra|Tunis|Baghdad|Tehran|Kabul|Manila|Jakarta|Hanoi|Singapore|Melbourne|"
    "Auckland|Reykjavik|Texas|Ohio|Oregon|Virginia|Georgia|Florida|Alaska|Hawaii|Bavaria|Tuscany|"
    "Normandy|Scotland|Wales|Norway|Sweden|Finland|Poland|Hungary|Greece|Turkey|Egypt|Kenya|Ghana|"
    "Brazil|Peru|Chile|Bolivia|Cuba|Canada|India|China|Japan|Korea|Vietnam|Iran|Iraq|Spain|Portugal"
).split("|")
PEOPLE = (
    "Anna Peter Maria John Clara Thomas Ruth David Elena Marcus Sofia Henry Ines Paul Nadia George "
    "Lucy Samuel Hana Victor Grace Oscar Leila Martin Julia Felix Amara Daniel Rosa Simon Emily Jack "
    "Fatima Robert Chloe Edward Mei William Olga James"
).split()
FIELDS = (
    "astronomy|botany|carpentry|chess|economics|farming|geology|law|medicine|music|navigation|"
    "painting|physics|poetry|politics|religion|sailing|teaching|textiles|trade|cooking|swimming|"
    "football|cycling|photography|architecture|printing|mathematics|chemistry|genetics|weather"
).split("|")
THINGS = (
    "bridges|bees|clocks|coal|coffee|cotton|dams|dogs|eggs|forests|glaciers|horses|lamps|letters|"
    "maps|markets|milk|mountains|paper|rivers|roads|salt|schools|ships|silk|snow|songs|steel|stones|"
    "storms|sugar|tea|tides|trains|trees|volcanoes|water|wheat|wine|wolves|computers|engines|cells|"
    "stars|planets|gardens|kitchens|hospitals|museums|libraries|elections|wars|treaties|taxes"
).split("|")

DATED = (
    "{day}, {dom} {month} {year}\n\nDear {person},\n\nWe arrived in {place} on {day} and",
    "Diary, {month} {dom}, {year}. It is {day} again, and",
    "Minutes of the meeting held in {place} on {day}, {month} {dom}, {year}. Present were {n} members.",
    "{place}, {month} {year}. The {thing} of the region were first counted in {month2}, when",
    "The {ordinal} of {month} is a holiday in {place}. People there",
    "Opening hours: {day} to {day2}, {hour} am to {hour2} pm. Closed on {day3}. In {month} and {month2}",
    "Every {day} morning {person} goes to the market in {place}. On {day2} and {day3}",
    "Timetable from {place} to {place2}, valid from {dom} {month} to {dom2} {month2} {year}:\n\n{day}:",
    "The festival begins on {day}, {month} {dom}, and ends on {day2}. On {day3} there is",
    "In {month} {year}, {n} people lived in {place}. By {month2} {year2} the number",
    "Weather report for {place}. {day}: {n} degrees. {day2}: {n2} degrees. {day3}:",
    "A calendar of the garden. {month}: sow {thing}. {month2}:",
    "From {month} to {month2} the days grow longer in {place}, and",
    "{person} was born on {month} {dom}, {year}, in {place}, the {ordinal} of {word} children.",
    "Between {month} and {month2} of {year} the price of {thing} in {place} rose from {n} to {n2}",
    "The course on {field} meets every {day} and {day2} from {month} to {month2}.",
    "Week {n}. {day}: rest. {day2}: run {word} miles. {day3}:",
    "The ship left {place} in {month} {year} and reached {place2} in {month2}, after {word} weeks.",
    "There are {word} months until {month}. Until then {person}",
    "Today is {day}. Yesterday {person} wrote from {place} that",
    "Last {month} the {season} came early to {place}.",
    "Schedule for {month}:\n- {day}: {field}\n- {day2}:",
    "History of {place}. In {month} {year}",
    "On the night of {month} {dom}, {year}, a storm from the {direction} reached {place}.",
    "Birthdays in our class: {person} in {month}, {person2} in {month2},",
    "Payment is due on the {ordinal} {day} of {month}. If it is late by {word} days",
    "The school year in {place} starts in {month} and ends in {month2}. On {day}",
    "Each month has its own work on the farm. In {month} we",
    "News from {place}, {day}: the {field} exhibition opens on {month} {dom} with",
    "{month} {dom}: left {place} at {hour} in the morning. {month} {dom2}:",
)
NUMBERED = (
    "There are {n} {thing} in {place} and {n2} in {place2}. Together",
    "{person} has {word} apples and {person2} has {word2}. If",
    "Table 1. {thing} by year: {year}: {n}; {year2}: {n2};",
    "Chapter {word}. The road from {place} to {place2} is {n} kilometres long, and",
    "Recipe for {word} people: take {word2} eggs, {n} grams of flour and",
    "Count to {word}: one, two,",
    "The population of {place} grew by {n} percent between {year} and {year2}, because",
    "At {hour} o'clock {person} took the train from {place}; at {hour2} o'clock",
    "The score was {n} to {n2} when {person} of {place}",
    "A dozen is twelve. A score is twenty. A {colour} box holds {word}",
    "{word} plus {word2} makes",
    "The bill for {thing} came to {n} dollars and {n2} cents. {person}",
)
PLAIN = (
    "A short introduction to {field}:",
    "How {thing} are made in {place}:",
    "Why do {thing} matter? In {field},",
    "{person} looked at the {colour} door and said to {person2}:",
    "Q: What should I know about {thing}?\nA:",
    "The {colour} and {colour2} flag of {place} was",
    "Once upon a time, in the {season}, there was a {colour} house near {place} where",
    "To travel from {place} to {place2}, go {direction} until",
    "Letter to the editor: the {thing} of {place} are",
    "The capital of {place} and the cities near it:",
    "def count_{thing_}(items):\n    ",
    "In {field} one learns first that",
    "The life of {person}, who taught {field} in {place}.",
    '{person} and {person2} disagreed about {thing}. "',
    "Advantages and disadvantages of {thing}:\n1.",
    "The {direction} of {place} is known for its {thing} and",
)
SHARES = {DATED: 0.6, NUMBERED: 0.2, PLAIN: 0.2}


def opening(rng: np.random.Generator) -> str:
    """Draw the first words of one document."""
    kinds = list(SHARES)
    template = str(rng.choice(kinds[rng.choice(len(kinds), p=list(SHARES.values()))]))

    def two(words: list[str]) -> list[str]:
        return [str(w) for w in rng.choice(words, size=2, replace=False)]

    day, day2, day3 = (str(d) for d in rng.choice(DAYS, size=3, replace=False))
    month, month2 = two(MONTHS)
    place, place2 = two(PLACES)
    person, person2 = two(PEOPLE)
    word, word2 = two(NUMBERS)
    colour, colour2 = two(COLOURS)
    thing = str(rng.choice(THINGS))
    return template.format(
        day=day, day2=day2, day3=day3, month=month, month2=month2, place=place, place2=place2,
        person=person, person2=person2, word=word, word2=word2, colour=colour, colour2=colour2,
        thing=thing, thing_=thing.replace(" ", "_"), field=rng.choice(FIELDS),
        season=rng.choice(SEASONS), ordinal=rng.choice(ORDINALS),
        direction=rng.choice(["north", "south", "east", "west"]),
        dom=rng.integers(1, 29), dom2=rng.integers(1, 29), hour=rng.integers(5, 12),
        hour2=rng.integers(1, 10), year=rng.integers(1780, 2025), year2=rng.integers(1780, 2025),
        n=rng.integers(2, 900), n2=rng.integers(2, 900),
    )  # fmt: skip
