/** What somebody is about to change in a record, before it is sent. */

export type Frame = "source" | "target";

export interface ChangeDraft {
  frame: Frame;
  column: string;
  /** As the record has it now; null is NULL. */
  old: string | null;
  /** What is typed. It stays when NULL is chosen, so that nothing is lost by a slip. */
  typed: string;
  isNull: boolean;
  /** Of many records: what is typed is an expression over each row. */
  isExpression: boolean;
}

export interface Change {
  frame: Frame;
  column: string;
  old: string | null;
  new: string | null;
}

/** The same for every record, which have different values now. */
export type ChangeForMany =
  { frame: Frame; column: string; new: string | null } | { frame: Frame; column: string; expression: string };

/** A draft that changes nothing yet. */
export function draftOf(frame: Frame, column: string, old: string | null): ChangeDraft {
  return { frame, column, old, typed: old ?? "", isNull: old === null, isExpression: false };
}

/** The value that the record would get. Spaces are kept: they may be what is to be mended. */
export function newValue(draft: ChangeDraft): string | null {
  return draft.isNull ? null : draft.typed;
}

export function isChanged(draft: ChangeDraft): boolean {
  return newValue(draft) !== draft.old;
}

/** What is sent: only what differs from the record. */
export function changesOf(drafts: readonly ChangeDraft[]): Change[] {
  return drafts.filter(isChanged).map((draft) => ({
    frame: draft.frame,
    column: draft.column,
    old: draft.old,
    new: newValue(draft),
  }));
}

/** A draft for many records: nothing is typed yet. */
export function draftForMany(frame: Frame, column: string): ChangeDraft {
  return { frame, column, old: null, typed: "", isNull: false, isExpression: false };
}

/** What is sent for many records. An expression that is not there yet is none. */
export function changesForMany(drafts: readonly ChangeDraft[]): ChangeForMany[] {
  return drafts
    .filter((draft) => !draft.isExpression || draft.typed.trim() !== "")
    .map(({ frame, column, ...draft }) =>
      draft.isExpression
        ? { frame, column, expression: draft.typed.trim() }
        : { frame, column, new: draft.isNull ? null : draft.typed },
    );
}

/** One draft replaced; the others stay as they are. */
export function withDraft(drafts: readonly ChangeDraft[], changed: ChangeDraft): ChangeDraft[] {
  return drafts.map((one) => (one.frame === changed.frame && one.column === changed.column ? changed : one));
}

/** Drafts over the record as it is now: somebody else may have changed it since they were begun. */
export function withCurrent(
  drafts: readonly ChangeDraft[],
  columns: readonly { frame: Frame; name: string; value: string | null }[],
): ChangeDraft[] {
  return drafts.map((draft) => {
    const column = columns.find((one) => one.frame === draft.frame && one.name === draft.column);
    return column ? { ...draft, old: column.value } : draft;
  });
}
