/** Whether anything was ever called in the last weeks; looked for every few seconds for a while, then on request. */
import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { usageQuery } from "@/features/usage/api";
import { lastDays } from "@/features/usage/usage";

const EVERY_MS = 5000;
const AS_LONG_AS_MS = 120_000;
const DAYS = 90;

export interface FirstCallWatch {
  isKnown: boolean;
  hasCalled: boolean;
  isWatching: boolean;
  watch: () => void;
}

export function useFirstCall(hasKey: boolean): FirstCallWatch {
  const [days] = useState(() => lastDays(DAYS, new Date()));
  const [round, setRound] = useState(0);
  const [isOver, setIsOver] = useState(false);
  const query = useQuery({
    ...usageQuery({ ...days, by: ["day"] }),
    refetchInterval: (one) => (hasKey && !isOver && one.state.data?.requests === 0 ? EVERY_MS : false),
  });
  useEffect(() => {
    const timer = setTimeout(() => setIsOver(true), AS_LONG_AS_MS);
    return () => clearTimeout(timer);
  }, [round]);

  function watch() {
    setIsOver(false);
    setRound((before) => before + 1);
    void query.refetch();
  }

  const hasCalled = (query.data?.requests ?? 0) > 0;
  return { isKnown: query.data !== undefined, hasCalled, isWatching: hasKey && !isOver && !hasCalled, watch };
}
