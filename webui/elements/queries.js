// Every question the page asks, in one place to read.

const COLUMNS = 'id aspect taken version flags thumbhash';

/** How many photos the opening answer brings along: more than a window shows, little to send. */
export const FIRST = 200;

export const OPEN = `query Open($filter: ImageFilter, $sort: SortInput, $limit: Int) {
  timeline(filter: $filter) { total keys counts }
  grid(filter: $filter, sort: $sort, limit: $limit) { ${COLUMNS} }
}`;

export const GRID = `query Grid($filter: ImageFilter, $sort: SortInput, $bucket: String, $offset: Int!, $limit: Int) {
  grid(filter: $filter, sort: $sort, bucket: $bucket, offset: $offset, limit: $limit) { ${COLUMNS} }
}`;

export const MAY = 'query May { viewer { capabilities } }';

export const FACETS = `query Facets($filter: ImageFilter, $by: [FacetBy!]!, $first: Int) {
  facets(filter: $filter, first: $first, by: $by) { by values { value label count } }
}`;

const SENTENCE = '$text: String!, $edits: [ChipEdit!], $current: ID';
const SAID = 'text: $text, edits: $edits, current: $current';

export const UNDERSTAND = `query Understand(${SENTENCE}) {
  understand(${SAID}) {
    filter graphql description unknown limit order { by descending }
    chips { start end text kind description filter negated edited }
  }
}`;

const VARIANTS = 'chips { start variants { how choice description filter count } }';

export const TURNS = `query Turns(${SENTENCE}, $among: ImageFilter) { understand(${SAID}, among: $among) { ${VARIANTS} } }`;
export const CONDITIONS = `query Conditions($filter: ImageFilter!, $among: ImageFilter) {
  conditions(filter: $filter, among: $among) { ${VARIANTS} }
}`;

export const FEW = `query Few(${SENTENCE}, $filter: ImageFilter, $first: Int!, $after: String) {
  search(${SAID}, filter: $filter, first: $first, after: $after) { nodes { id } pageInfo { hasNextPage endCursor } }
}`;

/** What to ask instead when nothing was found: of the sentence, and of the chosen conditions. */
export const NEAR = `query Near(${SENTENCE}, $filter: ImageFilter!, $said: ImageFilter) {
  understand(${SAID}, among: $filter) { relaxations { description distance count edits { at how choice } } }
  conditions(filter: $filter, among: $said) { relaxations { description distance count filter } }
}`;

export const WIDER = `query Wider(${SENTENCE}, $among: ImageFilter) {
  understand(${SAID}, among: $among) { wider { description filter count } }
}`;

export const SUGGEST = `query Suggest($text: String!) {
  suggest(text: $text, first: 9) { text kind count start end }
}`;

export const ABOUT = `query About($filter: ImageFilter!, $first: Int!) {
  images(filter: $filter, first: $first) { nodes { key name alt } }
}`;

export const LISTED = `query Listed($filter: ImageFilter!, $first: Int!) {
  images(filter: $filter, first: $first) {
    nodes { key name alt taken title caption make model place { name } tags { label kind score } }
  }
}`;

export const IMAGE = `query Image($key: Int!) {
  image(key: $key) {
    id key name format fileSize width height taken takenOffset takenSource make model lens software
    iso aperture exposure focal focal35 flash lat lon altitude title caption metadata
    conditions lensWords sizeWord rating favorite trashed nsfw nsfwLevel added offline mediaVersion thumbhash alt
    smallUrl largeUrl originalUrl
    place { key name level chain { key name level } } nearCity { key name }
    palette { hex share }
    tags { tag label kind score origin model boxes { x0 y0 x1 y1 } count synset { name label definition chain { name label } } }
    faces { id box { x0 y0 x1 y1 } age ageRange { min max } gender emotion score person { key name } }
    texts { text score box { x0 y0 x1 y1 } }
    files { path present fileSize stages { stage state reason } }
  }
}`;

export const WHY = `query Why($key: Int!, $filter: ImageFilter!) {
  image(key: $key) { why(filter: $filter) { path text evidence { kind label score model path } } }
}`;

const MINE = 'person { key } relations { relation person { key } } home { lat lon place km } choices';
export const ME = `query Me { people(first: 200) { key name } aboutMe { ${MINE} } }`;
export const SAVE_ME = `mutation SaveMe($me: AboutMeInput!) { saveAboutMe(me: $me) { ${MINE} } }`;
export const FIND_PLACE = 'query FindPlace($search: String!) { places(search: $search, first: 1) { key name } }';

export const PLACE = 'query Place($key: String!) { place(key: $key) { name } }';

export const EDIT = `mutation Edit($filter: ImageFilter!, $edit: ImageEdit!) {
  editImages(filter: $filter, edit: $edit) { count undo }
}`;

export const DELETE = 'mutation Delete($filter: ImageFilter!) { deleteImages(filter: $filter) }';
export const REANALYZE = 'mutation Reanalyze($filter: ImageFilter!) { reanalyze(filter: $filter) }';
export const TAG_NAMES = 'query TagNames($search: String!) { tags(search: $search, first: 12) { name label count } }';
export const GAZETTEER = 'query Gazetteer($search: String!) { gazetteer(search: $search, first: 12) { key name within } }';
export const ALBUMS = 'query Albums { albums { key name parentId coverImageId filter count coverUrl } }';
export const SAVE_ALBUM = 'mutation SaveAlbum($album: AlbumInput!) { saveAlbum(album: $album) { key name } }';
export const DELETE_ALBUM = 'mutation DeleteAlbum($key: Int!) { deleteAlbum(key: $key) }';

const STATUS = `running phase total done failed ratePerS secondsLeft
  stages { stage state count } failures(first: 100) { fileId path stage reason attempts }`;

export const INGEST = `query Ingest { ingest { ${STATUS} } }`;
export const INGEST_LIVE = `subscription Ingest { ingest { ${STATUS} } }`;
export const LINE = 'query Line { ingest { running phase total done failed ratePerS secondsLeft } }';
export const LINE_LIVE = 'subscription Line { ingest { running phase total done failed ratePerS secondsLeft } }';
const CHANGED = 'cursor reset changes { kind key op }';
export const CHANGES = `query ChangesSince($since: String, $first: Int!) { changes(since: $since, first: $first) { ${CHANGED} } }`;
export const CHANGES_LIVE = `subscription Changes($since: String) { changes(since: $since) { ${CHANGED} } }`;
export const START = 'mutation Start { startIngest { running phase } }';
export const STOP = 'mutation Stop { stopIngest { running phase } }';
export const RETRY = 'mutation Retry($files: [Int!], $stage: String) { retryFailed(fileIds: $files, stage: $stage) { running } }';
export const CLUSTERS = `query Clusters($filter: ImageFilter, $box: BoxInput!, $zoom: Int!) {
  mapClusters(filter: $filter, box: $box, zoom: $zoom) { lat lon count imageKey box { south west north east } }
}`;

const FACE = 'id url imageKey';
const SOMEBODY = `key name count hidden birthday cover { ${FACE} }`;

export const NAMES = 'query Names { peopleList(named: true, first: 200) { nodes { key name } } }';
export const PEOPLE = `query People($search: String!, $hidden: Boolean!, $first: Int!) {
  named: peopleList(named: true, hidden: $hidden, search: $search, first: 200) { totalCount nodes { ${SOMEBODY} } }
  unnamed: peopleList(named: false, hidden: $hidden, search: $search, first: $first) { totalCount nodes { ${SOMEBODY} } }
}`;
export const MAYBE = `query Maybe { maybeSame(first: 12) {
  a { ${FACE} person { key name } } b { ${FACE} person { key name } }
} }`;
export const PERSON = `query Person($key: Int!) { person(key: $key) { ${SOMEBODY} } }`;
export const FACES = `query Faces($filter: ImageFilter!, $first: Int!, $after: String) {
  images(filter: $filter, first: $first, after: $after) {
    pageInfo { hasNextPage endCursor }
    nodes { key name taken faces { ${FACE} confirmed person { key } ageRange { min max } } }
  }
}`;
export const SAVE_PERSON = `mutation SavePerson($person: PersonInput!) { savePerson(person: $person) { ${SOMEBODY} } }`;
export const NAME_FACES = 'mutation NameFaces($faceIds: [Int!]!, $name: String!) { nameFaces(faceIds: $faceIds, name: $name) { key name } }';
export const ASSIGN = 'mutation Assign($faceIds: [Int!]!, $personKey: Int) { assignFaces(faceIds: $faceIds, personKey: $personKey) }';
export const SPLIT = `mutation Split($key: Int!, $faceIds: [Int!]!, $name: String!) {
  splitPerson(key: $key, faceIds: $faceIds, name: $name) { key name }
}`;
export const MERGE = 'mutation Merge($keep: Int!, $merge: [Int!]!) { mergePeople(keep: $keep, merge: $merge) }';
export const DISMISS = 'mutation Dismiss($key: Int!) { dismissPerson(key: $key) }';
export const ANSWER = 'mutation Answer($a: Int!, $b: Int!, $same: Boolean!) { answerMaybeSame(a: $a, b: $b, same: $same) }';

export const DUPLICATES = `query Duplicates($kind: DuplicateKind!, $first: Int!, $offset: Int!) {
  duplicates(kind: $kind, first: $first, offset: $offset) {
    totalCount
    nodes { images { key name alt format width height fileSize taken smallUrl largeUrl files { path } } }
  }
}`;
export const KEEP_ALL = 'mutation KeepAll($imageKeys: [Int!]!) { keepAll(imageKeys: $imageKeys) }';
export const UNDO = 'mutation Undo($token: String!) { undo(token: $token) }';

export const LEVELS = `query Levels($safe: ImageFilter!, $suggestive: ImageFilter!, $explicit: ImageFilter!) {
  safe: images(filter: $safe, first: 0) { totalCount }
  suggestive: images(filter: $suggestive, first: 0) { totalCount }
  explicit: images(filter: $explicit, first: 0) { totalCount }
}`;

export const MODELS = 'query Models { models { name task title default threshold } }';
export const UNDERSTOOD = 'query Understood($text: String!) { understand(text: $text) { filter } }';
export const COMPARE = `subscription Compare($models: [String!]!, $filter: ImageFilter, $first: Int!) {
  compareModels(models: $models, filter: $filter, first: $first) {
    done total task
    models { name ms agreement }
    pictures { imageKey name url agreement answers { words scores ms error } }
  }
}`;
