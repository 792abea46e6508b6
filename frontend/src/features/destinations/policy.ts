/** The usual policy of a destination, as the server has it. */
import type { Schema } from "@/api/types";

export const usualPolicy: Schema<"DeliveryPolicy"> = {
  retry: {
    attempts: 10,
    first_delay_seconds: 30,
    longest_delay_seconds: 3600,
    jitter: 0.2,
    deadline_minutes: 720,
  },
  pace: { max_transfers: 4, bytes_per_second: null, files_per_minute: null },
  checksum_file: false,
  control_file: null,
};
