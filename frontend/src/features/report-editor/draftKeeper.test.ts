import { ApiProblem } from "@openreg/ui/api";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { blankDocument, type ReportDocument } from "./document";
import { DraftKeeper, type DraftStore, type StoredDraft } from "./draftKeeper";

const document = (query: string): ReportDocument => {
  const blank = blankDocument();
  return { ...blank, source: { ...blank.source, query } };
};

const stored = (query: string, etag: string | null = '"1"'): StoredDraft => ({
  document: document(query),
  etag,
  revision: 1,
  savedAt: "2026-11-20T12:00:00Z",
  savedBy: "Bo",
});

const problem = (status: number, code = "refused") => new ApiProblem({ status, code });

function keep(store: Partial<DraftStore>, first = stored("old")) {
  const save = vi.fn(store.save ?? (() => Promise.resolve(saved('"2"'))));
  const load = vi.fn(store.load ?? (() => Promise.resolve<StoredDraft | null>(null)));
  return { keeper: new DraftKeeper({ save, load }, first), save, load };
}

const saved = (etag: string) => ({ etag, revision: 2, savedAt: "2026-11-20T12:01:00Z", savedBy: null });
const wait = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds);

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

describe("a draft that is written", () => {
  it("is saved once, a moment after the last change, naming the state it was made on", async () => {
    const { keeper, save } = keep({});
    keeper.change(document("a"));
    await wait(500);
    keeper.change(document("ab"));
    await wait(500);
    expect(save).not.toHaveBeenCalled();
    expect(keeper.read().state.kind).toBe("waiting");
    await wait(500);
    expect(save).toHaveBeenCalledExactlyOnceWith(document("ab"), '"1"');
    expect(keeper.read().state.kind).toBe("saved");
    expect(keeper.isUnsaved).toBe(false);
  });

  it("saves what was typed during a save after it, with the new tag", async () => {
    let finish: (value: Omit<StoredDraft, "document">) => void = () => undefined;
    const { keeper, save } = keep({ save: () => new Promise((resolve) => (finish = resolve)) });
    keeper.change(document("a"));
    await wait(1000);
    keeper.change(document("ab"));
    await wait(2000);
    expect(save).toHaveBeenCalledTimes(1);
    finish(saved('"2"'));
    await wait(1000);
    expect(save).toHaveBeenLastCalledWith(document("ab"), '"2"');
  });

  it("is not saved again after it was flushed, so that its tag stays good", async () => {
    const { keeper, save } = keep({});
    keeper.change(document("a"));
    await wait(500);
    expect(await keeper.flush()).toBe(true);
    await wait(2000);
    expect(save).toHaveBeenCalledTimes(1);
    expect(keeper.read()).toMatchObject({ state: { kind: "saved" }, stored: { etag: '"2"' } });
  });

  it("is not saved when a change was taken back", async () => {
    const { keeper, save } = keep({});
    keeper.change(document("a"));
    keeper.change(document("old"));
    await wait(2000);
    expect(save).not.toHaveBeenCalled();
    expect(keeper.read().state.kind).toBe("saved");
  });

  it("is tried again when the server is in trouble, and keeps what was typed", async () => {
    let isInTrouble = true;
    const { keeper, save } = keep({
      save: () => (isInTrouble ? Promise.reject(problem(503)) : Promise.resolve(saved('"2"'))),
    });
    keeper.change(document("a"));
    await wait(1000);
    expect(keeper.read().state.kind).toBe("failed");
    expect(keeper.isUnsaved).toBe(true);
    isInTrouble = false;
    await wait(3000);
    expect(save).toHaveBeenCalledTimes(2);
    expect(keeper.read().state.kind).toBe("saved");
  });

  it("is not sent again and again when the server says it is wrong", async () => {
    const { keeper, save } = keep({ save: () => Promise.reject(problem(422)) });
    keeper.change(document("a"));
    await wait(120_000);
    expect(save).toHaveBeenCalledTimes(1);
  });

  it("waits in memory when the session has ended", async () => {
    const { keeper, save } = keep({ save: () => Promise.reject(problem(401)) });
    keeper.change(document("a"));
    await wait(1000);
    keeper.change(document("ab"));
    await wait(60_000);
    expect(keeper.read().state.kind).toBe("signed_out");
    expect(keeper.read().document).toEqual(document("ab"));
    expect(save).toHaveBeenCalledTimes(1);
  });
});

describe("a draft that somebody else has changed", () => {
  const theirs = stored("theirs", '"7"');
  async function meet(found: StoredDraft | null = theirs) {
    let isRefused = false;
    const kept = keep({
      save: () => {
        if (isRefused) return Promise.resolve(saved('"8"'));
        isRefused = true;
        return Promise.reject(problem(412));
      },
      load: () => Promise.resolve(found),
    });
    kept.keeper.change(document("mine"));
    await wait(1000);
    return kept;
  }

  it("asks, and saves nothing until the person has chosen", async () => {
    const { keeper, save } = await meet();
    expect(keeper.read().state).toEqual({ kind: "conflict", theirs });
    keeper.change(document("mine too"));
    await wait(60_000);
    expect(save).toHaveBeenCalledTimes(1);
    expect(await keeper.flush()).toBe(false);
  });

  it("is overwritten when one keeps one's own, naming their state", async () => {
    const { keeper, save } = await meet();
    await keeper.keepMine();
    expect(save).toHaveBeenLastCalledWith(document("mine"), '"7"');
    expect(keeper.read().state.kind).toBe("saved");
  });

  it("replaces what is here when one takes theirs", async () => {
    const { keeper, save } = await meet();
    keeper.takeTheirs();
    expect(keeper.read().document).toEqual(theirs.document);
    await wait(5000);
    expect(save).toHaveBeenCalledTimes(1);
  });

  it("is no conflict when both wrote the same", async () => {
    const { keeper } = await meet(stored("mine", '"7"'));
    expect(keeper.read().state.kind).toBe("saved");
    expect(keeper.read().stored.etag).toBe('"7"');
  });

  it("is made anew when it has gone and one keeps one's own", async () => {
    const { keeper, save } = await meet(null);
    expect(keeper.read().state).toEqual({ kind: "conflict", theirs: null });
    await keeper.keepMine();
    expect(save).toHaveBeenLastCalledWith(document("mine"), null);
  });
});

describe("leaving", () => {
  it("saves at once what is not saved", async () => {
    const { keeper, save } = keep({});
    keeper.change(document("a"));
    expect(await keeper.flush()).toBe(true);
    expect(save).toHaveBeenCalledTimes(1);
  });

  it("saves nothing after it is closed", async () => {
    const { keeper, save } = keep({});
    keeper.change(document("a"));
    keeper.close();
    await wait(5000);
    expect(save).not.toHaveBeenCalled();
  });
});
