import { expect, it } from "vitest";
import { lastWorkingDay } from "./reportingDate";

it.each([
  [new Date(2026, 10, 27), "2026-11-26"],
  [new Date(2026, 10, 30), "2026-11-27"],
  [new Date(2026, 10, 29), "2026-11-27"],
  [new Date(2027, 0, 1), "2026-12-31"],
])("the last working day before %s is %s", (today, day) => expect(lastWorkingDay(today)).toBe(day));
