/**
 * Keeps a draft on the server while it is written.
 *
 * One save at a time, a moment after the last change. A save that meets somebody else's (412, or a draft that is gone)
 * stops saving until the person has chosen; one that fails is tried again, waiting longer each time. Nothing typed is
 * ever dropped: it stays in `document` whatever the server says.
 */
import { isProblem, type ApiProblem } from "@openreg/ui/api";
import { isSameDocument, type ReportDocument } from "./document";

export interface StoredDraft {
  document: ReportDocument;
  /** Null: there is no draft on the server. */
  etag: string | null;
  revision: number | null;
  savedAt: string | null;
  savedBy: string | null;
}

export interface DraftStore {
  save: (document: ReportDocument, etag: string | null) => Promise<Omit<StoredDraft, "document">>;
  /** Null: there is no draft. */
  load: () => Promise<StoredDraft | null>;
}

export type SaveState =
  | { kind: "saved" }
  | { kind: "waiting" }
  | { kind: "saving" }
  | { kind: "failed"; problem: unknown }
  | { kind: "signed_out" }
  /** `theirs` is null when the draft has gone: thrown away, or saved as a version. */
  | { kind: "conflict"; theirs: StoredDraft | null };

export interface Snapshot {
  document: ReportDocument;
  state: SaveState;
  stored: StoredDraft;
}

const DELAY_MS = 900;
const FIRST_RETRY_MS = 3_000;
const LONGEST_RETRY_MS = 60_000;

export class DraftKeeper {
  private snapshot: Snapshot;
  private timer: ReturnType<typeof setTimeout> | null = null;
  private running: Promise<void> | null = null;
  private retryMs = FIRST_RETRY_MS;
  private isClosed = false;
  private readonly listeners = new Set<() => void>();

  constructor(
    private readonly store: DraftStore,
    stored: StoredDraft,
    document: ReportDocument = stored.document,
  ) {
    this.snapshot = { document, stored, state: { kind: "saved" } };
    if (!isSameDocument(document, stored.document)) this.change(document);
  }

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  read = (): Snapshot => this.snapshot;

  get isUnsaved(): boolean {
    return !isSameDocument(this.snapshot.document, this.snapshot.stored.document);
  }

  change(document: ReportDocument): void {
    const { kind } = this.snapshot.state;
    const isStopped = kind === "conflict" || kind === "signed_out";
    this.set({ document, ...(isStopped ? {} : { state: { kind: "waiting" } }) });
    if (!isStopped) this.saveIn(DELAY_MS);
  }

  /** Save now what is not saved; true when everything is. */
  async flush(): Promise<boolean> {
    if (this.running) await this.running;
    if (this.isUnsaved && this.snapshot.state.kind !== "conflict") await this.save();
    return !this.isUnsaved;
  }

  /** Save what is here over what the other has written. */
  async keepMine(): Promise<void> {
    const { state } = this.snapshot;
    if (state.kind !== "conflict") return;
    const gone = {
      document: this.snapshot.stored.document,
      etag: null,
      revision: null,
      savedAt: null,
      savedBy: null,
    };
    this.set({ stored: state.theirs ?? gone, state: { kind: "waiting" } });
    await this.save();
  }

  /** Give up what is here for what the other has written. */
  takeTheirs(): void {
    const { state } = this.snapshot;
    if (state.kind !== "conflict" || !state.theirs) return;
    this.set({ document: state.theirs.document, stored: state.theirs, state: { kind: "saved" } });
  }

  /** The draft has become a version or was thrown away: what is here counts as saved, and nothing is sent any more. */
  finish(): void {
    this.close();
    this.set({
      stored: { ...this.snapshot.stored, document: this.snapshot.document },
      state: { kind: "saved" },
    });
  }

  /** No more saves: nobody looks any more. */
  close(): void {
    this.isClosed = true;
    this.stopTimer();
  }

  private saveIn(delayMs: number): void {
    this.stopTimer();
    if (!this.isClosed) this.timer = setTimeout(() => void this.save(), delayMs);
  }

  private stopTimer(): void {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
  }

  private save(): Promise<void> {
    // A second save of the same would change the ETag under whoever goes on with the one of the first.
    this.stopTimer();
    this.running ??= this.saveOnce().finally(() => {
      this.running = null;
      // What was typed while the save was under way.
      if (this.snapshot.state.kind === "waiting") this.saveIn(DELAY_MS);
    });
    return this.running;
  }

  private async saveOnce(): Promise<void> {
    if (this.isClosed) return;
    const { document, stored } = this.snapshot;
    if (!this.isUnsaved && stored.etag !== null) {
      this.set({ state: { kind: "saved" } });
      return;
    }
    this.set({ state: { kind: "saving" } });
    try {
      const saved = await this.store.save(document, stored.etag);
      this.retryMs = FIRST_RETRY_MS;
      this.set({ stored: { ...saved, document } });
      this.set({ state: { kind: this.isUnsaved ? "waiting" : "saved" } });
    } catch (error) {
      await this.refused(error);
    }
  }

  private async refused(error: unknown): Promise<void> {
    if (isProblem(error) && error.status === 401) this.set({ state: { kind: "signed_out" } });
    else if (isProblem(error) && isConflict(error)) await this.meet();
    else {
      this.set({ state: { kind: "failed", problem: error } });
      if (!isProblem(error) || error.isTransient) this.saveIn(this.retryMs);
      this.retryMs = Math.min(this.retryMs * 2, LONGEST_RETRY_MS);
    }
  }

  private async meet(): Promise<void> {
    try {
      const theirs = await this.store.load();
      const { document } = this.snapshot;
      // Both wrote the same, or this save did arrive and only its answer was lost.
      if (theirs && isSameDocument(theirs.document, document)) {
        this.set({ stored: theirs, state: { kind: "saved" } });
      } else this.set({ state: { kind: "conflict", theirs } });
    } catch (problem) {
      this.set({ state: { kind: "failed", problem } });
      this.saveIn(this.retryMs);
    }
  }

  private set(changes: Partial<Snapshot>): void {
    this.snapshot = { ...this.snapshot, ...changes };
    for (const listener of this.listeners) listener();
  }
}

function isConflict(problem: ApiProblem): boolean {
  return problem.status === 412 || problem.code === "report_draft_not_found";
}
