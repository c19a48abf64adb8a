// Every sentence of the page, by language. `{x}` is put in by `t`.
const WORDS = {
  en: {
    ask: "Ask", verify: "Compare two", verifyLong: "Do two photos show one thing? Neither has to be known.", first: "First photo", second: "Second photo", same: "The same thing", notsame: "Not the same thing", rests: "What that rests on, in log odds", gallery: "Gallery", unknown: "Without a name", health: "Health", settings: "Settings",
    main: "Main", skip: "Skip to content", language: "Language", theme: "Light or dark", which: "Gallery",
    title: "Which one is it?", lead: "Drop a photo here, paste one, or take one. It stays with this service.",
    choose: "Choose a photo", camera: "Take a photo", another: "Ask about another photo", working: "Looking …", several: "Find several things",
    none: "None of these", noneLong: "It is none of the known things", unsure: "Not sure", or: "or", perhaps: "perhaps {name}", alike: "These two look alike, and the photo does not tell them apart.",
    certain: "practically certain", verylikely: "very likely", likely: "likely", rather: "more likely than not", open: "open",
    runner: "Next is {name}, {p}", only: "Nothing else comes near", yours: "Your photo", known: "Known photo of {name}", candidates: "Candidates", said: "You said so", theyshow: "what each may be, likeliest first",
    agrees: "What agrees", differs: "Where they differ", heat: "Heat", points: "Joined points", why: "Why", whyOf: "Why {name}?", trust: "The map was tested: with its bright places hidden {deletion} of the score is left, with any {random}, with the dark ones first {insertion}.",
    wrong: "Wrong? It is …", what: "What it shows", learnphoto: "Also add this photo to its known photos", isnew: "New: this photo becomes its first known photo.", isexample: "The photo teaches how sure the gallery may be.",
    save: "Save", cancel: "Cancel", notany: "None of the known things", corrected: "Noted: {name}", undone: "Undone", undo: "Undo", right: "Right",
    found0: "Nothing known was found", found1: "One known thing", foundN: "{n} known things",
    search: "Search", sort: "Sort by", byname: "name", bytrouble: "what needs a look", byphotos: "fewest photos", photos1: "1 photo", photosN: "{n} photos", nothings: "Nothing is known that is called so.", more: "Show more",
    add: "Add photos", newthing: "New thing", name: "Name", rename: "Rename", merge: "There is a thing of that name. Make both one?", remove: "Remove", removething: "Remove this thing", close: "Back", changes: "Recent changes", nochanges: "Nothing was changed yet.",
    keep: "Keep photos that get no name", keepLong: "They are kept beside the gallery as pixels alone, so that one click makes them known.", limit: "At most", days: "Days", nounknown: "No photo without a name is kept.", makeknown: "Make known", delete: "Delete", seen1: "Seen once", seenN: "Seen {n} times",
    far: "How many unknown photos may get a name?", farauto: "Name what is more likely right than wrong", farLong: "Of photos of unknown things at most {far} get a name; of photos of known things {named} get theirs.", key: "API key", keyLong: "It is kept in this tab alone.", use: "Use it", system: "auto", light: "light", dark: "dark",
    notrust: "Do not trust the map: with its bright places hidden {deletion} of the score is left, with any {random}.",
    axisNamed: "Known photos that get their name", axisFar: "Unknown photos that get one", one_picture: "One picture with {name}", looks_like: "Looks like {name}", one_photo: "One photo alone",
    taken1: "Another thing's photo was taken for it", takenN: "{n} photos of other things were taken for it", empty: "It shows nothing that is found again", weak: "{photos}; hard views of it are {mean} sure on average; {wanted} more wanted",
    kept: "It is kept if it gets no name.", notkept: "It is not kept.",
    notpromised: "This gallery has too few photos to promise that.",
    map: "Map", mapLong: "Things that look alike lie near each other.", closer: "Closer", farther: "Farther", adding: "Adding photos", done: "Done", calibrated: "Calibrated",
    calibrating: "Calibrating", stop: "Stop", stopped: "Stopped", lesson: "What corrections taught: {told}", offline: "The service cannot be reached.", needkey: "A key is needed: enter it in the settings.",
    accuracy: "Named rightly", interval: "{low} – {high}, by held-out questions (n={n})", things: "Known things", photos: "Known photos", worth: "Photos worth taking", pairs: "Easily taken for each other", prints: "One picture under two names", hurt: "Photos that hurt", few: "What one more photo would help most", fine: "Nothing needs a look.", compare: "Compare", different: "They look alike; more photos of what differs help.",
    add_: "added", remove_: "removed", rename_: "renamed", merge_: "merged", move_: "moved", correct_: "corrected", undo_: "undone", wait: "This takes a moment …",
  },
  de: {
    ask: "Fragen", verify: "Zwei vergleichen", verifyLong: "Zeigen zwei Fotos ein Ding? Keines muss bekannt sein.", first: "Erstes Foto", second: "Zweites Foto", same: "Dasselbe Ding", notsame: "Nicht dasselbe Ding", rests: "Worauf das beruht, in log odds", gallery: "Sammlung", unknown: "Ohne Namen", health: "Zustand", settings: "Einstellungen",
    main: "Hauptmenü", skip: "Zum Inhalt", language: "Sprache", theme: "Hell oder dunkel", which: "Sammlung",
    title: "Welches ist es?", lead: "Ein Foto hierher ziehen, einfügen oder aufnehmen. Es bleibt bei diesem Dienst.",
    choose: "Foto auswählen", camera: "Foto aufnehmen", another: "Nach einem anderen Foto fragen", working: "Wird angesehen …", several: "Mehrere Dinge finden",
    none: "Keines davon", noneLong: "Es ist keines der bekannten Dinge", unsure: "Nicht sicher", or: "oder", perhaps: "vielleicht {name}", alike: "Diese beiden sehen sich ähnlich, und das Foto unterscheidet sie nicht.",
    certain: "so gut wie sicher", verylikely: "sehr wahrscheinlich", likely: "wahrscheinlich", rather: "eher ja als nein", open: "offen",
    runner: "Danach kommt {name}, {p}", only: "Nichts anderes kommt in die Nähe", yours: "Dein Foto", known: "Bekanntes Foto von {name}", candidates: "Kandidaten", said: "So gesagt", theyshow: "was es sein kann, das Wahrscheinlichste zuerst",
    agrees: "Gemeinsames", differs: "Unterschiede", heat: "Wärme", points: "Verbundene Punkte", why: "Warum", whyOf: "Warum {name}?", trust: "Die Karte ist geprüft: Sind ihre hellen Stellen verdeckt, bleiben {deletion} der Wertung, bei beliebigen {random}, zuerst bei den dunklen {insertion}.",
    wrong: "Falsch? Es ist …", what: "Was es zeigt", learnphoto: "Dieses Foto auch zu den bekannten nehmen", isnew: "Neu: Dieses Foto wird das erste bekannte davon.", isexample: "Das Foto lehrt, wie sicher die Sammlung sein darf.",
    save: "Speichern", cancel: "Abbrechen", notany: "Keines der bekannten Dinge", corrected: "Gemerkt: {name}", undone: "Rückgängig gemacht", undo: "Rückgängig", right: "Richtig",
    found0: "Nichts Bekanntes gefunden", found1: "Ein bekanntes Ding", foundN: "{n} bekannte Dinge",
    search: "Suchen", sort: "Ordnen nach", byname: "Name", bytrouble: "was einen Blick braucht", byphotos: "wenigsten Fotos", photos1: "1 Foto", photosN: "{n} Fotos", nothings: "Nichts Bekanntes heißt so.", more: "Mehr zeigen",
    add: "Fotos hinzufügen", newthing: "Neues Ding", name: "Name", rename: "Umbenennen", merge: "So heißt schon ein Ding. Beide zu einem machen?", remove: "Entfernen", removething: "Dieses Ding entfernen", close: "Zurück", changes: "Letzte Änderungen", nochanges: "Noch wurde nichts geändert.",
    keep: "Fotos ohne Namen aufbewahren", keepLong: "Sie liegen neben der Sammlung, nur als Bildpunkte, und ein Klick macht sie bekannt.", limit: "Höchstens", days: "Tage", nounknown: "Kein Foto ohne Namen ist aufbewahrt.", makeknown: "Bekannt machen", delete: "Löschen", seen1: "Einmal gesehen", seenN: "{n}-mal gesehen",
    far: "Wie viele unbekannte Fotos dürfen einen Namen bekommen?", farauto: "Benennen, was eher richtig als falsch ist", farLong: "Von Fotos unbekannter Dinge bekommen höchstens {far} einen Namen; von Fotos bekannter Dinge {named} den ihren.", key: "API-Schlüssel", keyLong: "Er bleibt allein in diesem Fenster.", use: "Benutzen", system: "auto", light: "hell", dark: "dunkel",
    notrust: "Der Karte ist nicht zu trauen: Sind ihre hellen Stellen verdeckt, bleiben {deletion} der Wertung, bei beliebigen {random}.",
    axisNamed: "Bekannte Fotos mit ihrem Namen", axisFar: "Unbekannte Fotos mit einem", one_picture: "Ein Bild mit {name}", looks_like: "Sieht aus wie {name}", one_photo: "Nur ein Foto",
    taken1: "Das Foto eines anderen Dings wurde dafür gehalten", takenN: "{n} Fotos anderer Dinge wurden dafür gehalten", empty: "Es zeigt nichts, was wiederzufinden wäre", weak: "{photos}; schwere Ansichten sind im Mittel zu {mean} sicher; {wanted} mehr sind gut",
    kept: "Bekommt es keinen Namen, wird es aufbewahrt.", notkept: "Es wird nicht aufbewahrt.",
    notpromised: "Diese Sammlung hat zu wenige Fotos, um das zu versprechen.",
    map: "Karte", mapLong: "Was sich ähnlich sieht, liegt nahe beieinander.", closer: "Näher", farther: "Weiter weg", adding: "Fotos kommen hinzu", done: "Fertig", calibrated: "Kalibriert",
    calibrating: "Kalibrierung", stop: "Anhalten", stopped: "Angehalten", lesson: "Was Korrekturen lehrten: {told}", offline: "Der Dienst ist nicht zu erreichen.", needkey: "Ein Schlüssel wird gebraucht: In den Einstellungen eintragen.",
    accuracy: "Richtig benannt", interval: "{low} – {high}, aus zurückgehaltenen Fragen (n={n})", things: "Bekannte Dinge", photos: "Bekannte Fotos", worth: "Fotos, die sich lohnen", pairs: "Leicht zu verwechseln", prints: "Ein Bild unter zwei Namen", hurt: "Fotos, die schaden", few: "Wo ein weiteres Foto am meisten hilft", fine: "Nichts braucht einen Blick.", compare: "Vergleichen", different: "Sie sehen sich ähnlich; Fotos dessen, was sie unterscheidet, helfen.",
    add_: "hinzugefügt", remove_: "entfernt", rename_: "umbenannt", merge_: "vereint", move_: "verschoben", correct_: "korrigiert", undo_: "rückgängig gemacht", wait: "Das dauert einen Augenblick …",
  },
};

export const LANGUAGES = { en: "English", de: "Deutsch" };
const wished = localStorage.getItem("language") ?? navigator.language.slice(0, 2);
export const language = wished in WORDS ? wished : "en";

/** The sentence of a key, with values put in. */
export function t(key, values = {}) {
  return WORDS[language][key].replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}

/** A number of things in words: `count("photos", 3)`. */
export function count(key, n) {
  return n === 1 ? t(`${key}1`) : t(`${key}N`, { n });
}

/** A probability as a figure that does not claim to be all or nothing. */
export function percent(p) {
  const form = (x) => x.toLocaleString(language, { minimumFractionDigits: 1, maximumFractionDigits: 1 }) + " %";
  const shown = Math.round(1000 * p) / 10;
  if (p < 1 && shown >= 100) return "> " + form(99.9);
  return p > 0 && shown <= 0 ? "< " + form(0.1) : form(shown);
}

/** A share in whole hundredths. */
export function share(p) {
  return `${Math.round(100 * p)} %`;
}

/** What there is to look at in a thing. */
export function remark({ kind, name }) {
  return t(kind, { name });
}

/** A probability in words. */
export function inWords(p) {
  const step = [["certain", 0.99], ["verylikely", 0.9], ["likely", 0.7], ["rather", 0.5]].find(([, least]) => p >= least);
  return t(step ? step[0] : "open");
}
