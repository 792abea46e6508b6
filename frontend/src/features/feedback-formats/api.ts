/** How answers in CSV of a destination are read: what is asked of the API. */
import { ifMatch, tagged, answer } from "@openreg/ui/api";
import { queryOptions } from "@tanstack/react-query";
import { api } from "@/api/client";
import type { Schema } from "@/api/types";
import { writtenFormat, type FormatDraft } from "./format";

export type FeedbackFormat = Schema<"FeedbackFormatAnswer">;
export type Reading = Schema<"SampleReadingAnswer">;
export type ReadRow = Schema<"SampleRowAnswer">;
export type AdviceState = Schema<"AdviceState">;

const PATH = "/api/v1/destinations/{destination_id}/feedback-format" as const;
const of = (id: string) => ({ path: { destination_id: id } });

export const formatKeys = { one: (id: string) => ["destinations", "feedback-format", id] as const };

export const formatQuery = (id: string) =>
  queryOptions({
    queryKey: formatKeys.one(id),
    queryFn: ({ signal }) => tagged(api.GET(PATH, { params: of(id), signal })),
  });

export const keepFormat = (id: string, draft: FormatDraft, etag: string | null) =>
  tagged(
    api.PUT(PATH, {
      params: of(id),
      body: writtenFormat(draft) as Schema<"AnswerFormat">,
      headers: ifMatch(etag),
    }),
  );

export async function dropFormat(id: string, etag: string | null): Promise<void> {
  const { error, response } = await api.DELETE(PATH, { params: of(id), headers: ifMatch(etag) });
  if (error) await tagged(Promise.resolve({ error, response }));
}

/** How a sample would be read by a format, finished or not. */
export const readingQuery = (id: string, sample: File | null, draft: FormatDraft) => {
  // Which files it is for does not matter to how one is read.
  const tried = { ...writtenFormat(draft), file_name: undefined };
  return queryOptions({
    queryKey: [...formatKeys.one(id), "reading", sample?.name, sample?.size, sample?.lastModified, tried],
    queryFn: ({ signal }) =>
      answer(
        api.POST(`${PATH}/preview`, {
          params: of(id),
          // The types know a file in a form as a text.
          body: { file: "", format: "" },
          bodySerializer: () => {
            const form = new FormData();
            if (sample) form.append("file", sample);
            form.append("format", JSON.stringify(tried));
            return form;
          },
          signal,
        }),
      ),
    enabled: sample !== null,
    retry: false,
    gcTime: 30_000,
  });
};
