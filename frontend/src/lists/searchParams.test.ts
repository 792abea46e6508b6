import { expect, test } from "vitest";
import { date, instant, oneOf, positive, searchParams, text, uuid } from "./searchParams";

const read = searchParams({
  q: text(5),
  state: oneOf(["active", "draft"]),
  is_held: oneOf([true]),
  report_id: uuid,
  since: instant,
  day: date,
  version: positive,
});

test("parameters that are understood are kept", () => {
  const search = {
    q: "ab",
    state: "draft",
    is_held: true,
    report_id: "0198AAAA-0000-7000-8000-00000000000f",
    since: "2026-11-27T10:00:00.5+01:00",
    day: "2028-02-29",
    version: 3,
  } as const;
  expect(read(search)).toEqual(search);
});

test("a parameter that is not understood counts as absent, and one nobody knows is dropped", () => {
  const broken = {
    q: "too long",
    state: "gone",
    is_held: false,
    report_id: "0198aaaa-0000-7000-8000-00000000000f<script>",
    since: "2026-11-27",
    day: "2026-02-30",
    version: 0,
    stranger: "x",
  };
  expect(read(broken)).toEqual({});
});

test.each(["2026-11-27T25:00:00Z", "2026-13-01T00:00:00Z"])("%s is no instant", (since) => {
  expect(read({ since })).toEqual({});
});

test.each([1.5, -1, "3", Number.NaN])("%s is no version", (version) => {
  expect(read({ version })).toEqual({});
});
