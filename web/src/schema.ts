// Written by scripts/schema_types.py from src/armillary/explorer: change it there.

export interface Fact {
  name: string;
  value: string;
}

export interface Header {
  title: string;
  source: string;
  version: string;
  command: string;
  seed: string;
  features: number;
  groups: number;
  findings: number;
  significant: number;
  alpha: number;
  smallest_q: number | null;
  nulls: string[];
  shown: string[];
  left_out: string[];
  facts: Fact[];
}

export interface ShapeCount {
  shape: string;
  family: string;
  count: number;
  levels: [number, number, number];
  examples: number[];
}

export interface Row {
  finding: number;
  key: string;
  group: number;
  shape: string;
  family: string;
  rank: number;
  excerpt: string;
  search: string;
  n: number;
  p: number | null;
  q: number | null;
  runner_up: string;
  margin: number | null;
  weakest_null: string;
  grade: string;
  level: number;
  stability: number | null;
  hypothesis: string;
  ordered: boolean;
  closed: boolean;
  thumb: Uint8Array;
}

export interface Parts {
  panels: number;
  nulls: number[];
  contexts: boolean;
  map: boolean;
  rebuilt: boolean;
  compare: boolean;
  tree: boolean;
  curves: boolean;
  studies: boolean;
}

export interface AtlasBody {
  schema: number;
  header: Header;
  taxonomy: ShapeCount[];
  findings: Row[];
  parts: Parts;
}

export interface Layout {
  name: string;
  x: Uint16Array;
  y: Uint16Array;
  trust: number | null;
  facts: Fact[];
  steady: Uint8Array;
}

export interface Colour {
  name: string;
  said: string;
  low: number;
  high: number;
  values: Uint8Array;
}

export interface MapBody {
  total: number;
  shown: number;
  ids: Int32Array;
  labels: string[];
  line: Int32Array;
  layouts: Layout[];
  n_near: number;
  near: Int32Array;
  near_cosine: Uint8Array;
  colours: Colour[];
}

export interface Null {
  title: string;
  name: string;
  observed: number | null;
  low: number | null;
  high: number | null;
  counts: number[];
  n_draws: number;
  p: number | null;
  effect: number | null;
}

export interface Panel {
  row: number;
  n: number;
  n_shown: number;
  axes: number[];
  points: Float32Array;
  labels: string[];
  ids: Int32Array;
  order: number[];
  plane: [number, number];
  plane_points: Float32Array;
  own_plane: boolean;
  planes: [number, number][];
  solid: number[];
  curve: [number, number][];
  spectrum: number[];
  nulls: Null[];
  evidence: string[];
  parameters: Fact[];
  heat: Uint8Array;
  heat_of: number[];
  heat_axes: number;
}

export interface NullDraw {
  points: Float32Array;
  plane_points: Float32Array;
  curve: [number, number][];
  order: number[];
  nats: number | null;
}

export interface NullBody {
  line: number;
  name: string;
  keeps: string;
  breaks: string;
  seed: number;
  nats: number | null;
  draws: NullDraw[];
}

export interface Context {
  value: number;
  before: string;
  token: string;
  after: string;
  document: number;
  position: number;
}

export interface FeatureContexts {
  id: number;
  contexts: Context[];
}

export interface ContextsBody {
  line: number;
  features: FeatureContexts[];
}

export interface Placement {
  name: string;
  p: number | null;
  weakest: boolean;
}

export interface Examples {
  total: number;
  before: string[];
  token: string[];
  after: string[];
  word: number[];
  document: number[];
  position: number[];
  points: Float32Array;
}

export interface DecoderRows {
  points: Float32Array;
  labels: string[];
  word: number[];
}

export interface RebuiltClaim {
  group: number;
  shape: string;
  family: string;
  rank: number;
  grade: string;
  level: number;
  found_by: string;
  words: string[];
  count: number[];
  share: number[];
  order: number[];
  closed: boolean;
  features: number;
  tokens: number;
  active: number;
  placement: Placement[];
  q: number | null;
  p_spectrum: number | null;
  explained: number;
  excess: number;
  stability: number | null;
  n_axes: number;
  points: Float32Array;
  plane: [number, number];
  planes: [number, number][];
  separability: number[];
  mixture: number[];
  p_irreducible: number | null;
  evidence: string[];
  examples: Examples;
  rows: DecoderRows;
}

export interface RebuiltBody {
  tested: number;
  claims: number;
  smallest_q: number | null;
  shapes: ShapeCount[];
  shown: string[];
  listed: RebuiltClaim[];
}

export interface Side {
  name: string;
  total: number;
  ids: Int32Array;
  labels: string[];
  x: Uint16Array;
  y: Uint16Array;
  kind: Uint8Array;
  counts: number[];
  partner: Int32Array;
  cosine: Uint8Array;
}

export interface CompareBody {
  kinds: string[];
  a: Side;
  b: Side;
  facts: Fact[];
  note: string;
}

export interface TreeBody {
  parent: Int32Array;
  height: Float32Array;
  size: Int32Array;
  line: Int32Array;
  label: string[];
  features: Int32Array;
  begin: Int32Array;
  note: string;
}

export interface CurveSpot {
  label: string;
  family: string;
  bits: number;
  free: boolean;
  above: boolean;
  value: number;
  low: number | null;
  high: number | null;
}

export interface CurveView {
  reader: string;
  gauge: string;
  spots: CurveSpot[];
  codecs: [number, number][];
  zero: number | null;
}

export interface Answer {
  question: string;
  answer: string;
  lead: string;
  rest: string;
}

export interface CurvesBody {
  source: string;
  features: number;
  families: string[];
  curves: CurveView[];
  verdict: Answer[];
}

export interface StudyTable {
  name: string;
  head: string[];
  rows: string[][];
  of: number;
}

export interface StudyChart {
  title: string;
  svg: string;
}

export interface StudyView {
  name: string;
  title: string;
  command: string;
  said: string[];
  tables: StudyTable[];
  charts: StudyChart[];
}

export interface StudiesBody {
  studies: StudyView[];
}

export interface JobBody {
  id: string;
  state: "running" | "done" | "failed";
  stage: string;
  share: number;
  error: string;
  row: Row | null;
  panel: Panel | null;
}

export interface Note {
  finding: number;
  star: boolean;
  text: string;
  members: number[];
}

export interface NotesBody {
  notes: Note[];
}
