/** One task from one pull request: the SWE-bench record, field names verbatim. */
export interface Instance {
  readonly instance_id: string
  /** `owner/name`. */
  readonly repo: string
  /** 40 or 64 lower-case hex digits. */
  readonly base_commit: string
  /** The gold patch: every non-test file of the pull request, byte for byte as UTF-8. */
  readonly patch: string
  readonly test_patch: string
  /** Empty where the row has none. */
  readonly problem_statement: string
  readonly version?: string
  readonly language?: string
  readonly end_commit?: string
  /** ISO 8601, UTC. */
  readonly created_at?: string
  readonly hints_text?: string
  readonly pull_number?: number
  readonly license_name?: string
  /** What the row claims; never trusted, only compared with what we measure. */
  readonly FAIL_TO_PASS?: readonly string[]
  readonly PASS_TO_PASS?: readonly string[]
  /** A published environment that came with the row (`Dockerfile`, `eval_script`). */
  readonly published?: PublishedEnvironment
}

/** An environment as a data set ships it, in OpenSWE's contract. Hostile until validated. */
export interface PublishedEnvironment {
  readonly Dockerfile: string
  readonly eval_script: string
}
