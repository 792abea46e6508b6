/** Texts about how a webhook is sent to. */

export const sendingMessages = {
  waits: "Waits before further attempts",
  waitsHint:
    "Such as 10s, 5m, 2h. Each may become a fifth longer. Empty for nine further attempts over 75 hours.",
  waitsUsual: "The usual ones",
  waitsUnreadable: "Up to 15 waits such as 30s, 5m or 2h, none longer than 24h, 7 days together",
  concurrent: "Requests at a time",
  concurrentHint: "What has to wait uses up no attempt.",
  perMinute: "Requests a minute",
  perMinuteHint: "Empty for no limit.",
  unlimited: "No limit",
  ordered: "Keep the order of each subject",
  orderedHint:
    "What happens to one run or file is sent one after the other; what failed holds up what follows it.",
} as const;
