-- The whole schema. One writer (see lock.ts); readers at any time (WAL).
-- Texts and reports of any length are in `artefacts`, by SHA-256 of what they hold.

create table runs (
  run_id text primary key,
  state text not null check (state in ('running', 'ended', 'killed')),
  started_at_ms integer not null,
  ended_at_ms integer,
  version text not null,
  author text, -- null of a run that makes rollouts
  settings text not null, -- JSON
  prompts text, -- SHA-256 of all prompts that a model is given; null where no model is asked
  hosts text, -- JSON: the names of the nodes of a fleet; null of a run on this machine alone
  spent_usd real not null default 0, -- the sum over its settled model calls, so that no check has to add them up
  is_paused integer not null default 0 -- it was asked to begin nothing, until it is asked to go on
) strict;

create table instances (
  instance_id text primary key,
  repo text not null,
  row_digest text not null, -- SHA-256 of the row as read
  version text, -- as in the row
  created_at text, -- as in the row
  row blob not null -- the row as JSON, zstd
) strict;
create index instances_of_repo on instances (repo);

create table attempts (
  attempt_id integer primary key autoincrement,
  instance_id text not null references instances,
  row_digest text not null,
  kind text not null check (kind in ('synthesis', 'rollout')),
  author text, -- null of a rollout
  solver text not null default '', -- of a rollout: the scaffold, and the model as its API names it
  number integer not null default 0, -- of a rollout: from 1 to k
  is_current integer not null default 1, -- 0 once a later attempt took its place
  run_id text not null references runs, -- the last run that named the instance
  state text not null check (state in ('queued', 'leased', 'running', 'settled', 'faulted', 'spared')),
  generation integer not null default 0, -- the highest that was given out
  not_before_ms integer not null default 0,
  -- The lease, of a settled attempt only where it was, and a second one of a straggler that is done twice:
  node text,
  lease_generation integer,
  granted_at_ms integer,
  twin_node text,
  twin_generation integer,
  twin_granted_at_ms integer,
  iteration integer,
  stage text,
  stage_since_ms integer,
  outcome text check (outcome in ('accepted', 'rejected', 'unsolvable', 'resolved', 'unresolved')),
  reason text,
  verdict text, -- JSON
  settled_at_ms integer,
  faults text not null default '[]' -- JSON
) strict;
create unique index current_attempts on attempts (instance_id, kind, solver, number) where is_current = 1;
create index queue on attempts (run_id, state, not_before_ms, attempt_id) where is_current = 1;
-- Holds all that is counted, so that counting reads no verdict.
create index outcomes on attempts (run_id, state, outcome, reason, settled_at_ms) where is_current = 1;

-- What each lease of an attempt did, with all that it took over from the one before. Once the attempt is settled, only the
-- rows of the lease whose verdict counts are left.
create table iterations (
  attempt_id integer not null references attempts,
  generation integer not null,
  number integer not null,
  author text not null,
  report text not null references artefacts,
  dockerfile text not null references artefacts,
  test_command text not null, -- JSON
  guidance text not null, -- JSON
  result text not null, -- JSON
  build_log text not null references artefacts,
  duration_ms real not null,
  primary key (attempt_id, generation, number)
) strict, without rowid;

create table eval_runs (
  attempt_id integer not null,
  generation integer not null,
  iteration integer not null,
  ordinal integer not null,
  purpose text not null,
  ending text not null, -- JSON
  report text references artefacts, -- JSON; null where there was none
  marked_exit_code text, -- JSON; null where not looked for
  conditions text not null, -- JSON
  duration_ms real not null,
  output text not null references artefacts,
  primary key (attempt_id, generation, iteration, ordinal),
  foreign key (attempt_id, generation, iteration) references iterations on delete cascade
) strict, without rowid;

create table environments (
  attempt_id integer primary key references attempts,
  dockerfile text not null references artefacts,
  test_command text not null, -- JSON
  eval_script text not null references artefacts,
  eval_script_skeleton text not null references artefacts,
  image_id text not null,
  image_tag text not null,
  published text -- JSON: where the image is besides; null where it only is where it was built
) strict;

create table proofs (
  attempt_id integer primary key references attempts,
  proof text not null references artefacts -- JSON
) strict;

-- What a solver left: a row for each rollout, from when its solver was done.
create table rollouts (
  attempt_id integer primary key references attempts,
  run_id text not null references runs, -- made in; its settings say how
  generation integer not null, -- of the lease that made it, or that took it over to grade it
  model text not null,
  scaffold text not null,
  ending text not null,
  trajectory text not null references artefacts, -- JSON
  model_patch text not null references artefacts,
  left_out text not null, -- JSON: what the solver left that no patch can say
  steps integer not null, -- turns of the model
  cost_usd real not null,
  input_tokens integer not null,
  output_tokens integer not null,
  cache_write_tokens integer not null,
  cache_read_tokens integer not null,
  duration_ms real not null,
  -- Null until it is graded:
  grade text references artefacts, -- JSON, without its runs
  runs text references artefacts -- JSON
) strict;

-- What an attempt took: a row for each finished stage.
create table costs (
  attempt_id integer not null references attempts,
  iteration integer not null,
  stage text not null,
  duration_ms real not null
) strict;
create index costs_of_attempt on costs (attempt_id);

-- The ledger: a row for each call of a model, written before it is made.
create table model_calls (
  call text primary key,
  attempt_id integer not null references attempts,
  run_id text not null references runs,
  generation integer not null,
  session text not null,
  role text not null,
  model text not null,
  state text not null check (state in ('open', 'settled')),
  reserved_usd real not null, -- what it may cost at most
  started_at_ms integer not null,
  prefix text not null references artefacts, -- JSON: system prompt and tools
  message_count integer not null, -- of the whole conversation so far
  history text not null, -- SHA-256 of these messages
  messages text not null references artefacts, -- JSON: those that this call added to its session
  -- Null while it is open:
  cost_usd real,
  ending text check (ending in ('answered', 'faulted', 'unknown')), -- unknown: it was cut off, and costs all that was reserved
  stop text,
  note text, -- what the API said where it refused this one request
  fault text, -- JSON
  answer text references artefacts, -- JSON: the content
  input_tokens integer,
  output_tokens integer,
  cache_write_tokens integer,
  cache_read_tokens integer,
  tries integer,
  duration_ms real
) strict;
create index model_calls_of_attempt on model_calls (attempt_id, session);
create index open_model_calls on model_calls (run_id) where state = 'open';

create table artefacts (
  sha256 text primary key,
  size_bytes integer not null, -- before compression
  content blob not null -- zstd
) strict;

-- The nodes of each run, as they were last heard of.
create table nodes (
  run_id text not null references runs,
  node text not null,
  state text not null,
  trouble text, -- why it is not up, in one line
  slots integer not null,
  running integer not null,
  waiting integer not null,
  facts text, -- JSON
  heard_at_ms integer,
  trusted_until_ms integer not null default 0, -- by the clock of this machine: a node that was left alone until then
  slots_asked integer, -- null where nobody asked for another number of slots while the run went on
  is_draining integer not null default 0, -- it was asked to take nothing new, until that is taken back
  settled integer not null,
  accepted integer not null,
  faulted integer not null,
  stolen integer not null, -- leases that were taken from it before they began
  primary key (run_id, node)
) strict, without rowid;

-- Counts the lives of control over this database: what is of an older one is stale.
create table epochs (
  epoch integer primary key autoincrement,
  started_at_ms integer not null
) strict;

-- The last event applied of each life of each node: an event at or below it was applied already.
create table streams (
  node text not null,
  boot text not null,
  sequence integer not null,
  primary key (node, boot)
) strict, without rowid;
