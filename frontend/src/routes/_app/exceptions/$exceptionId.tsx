import { createFileRoute } from "@tanstack/react-router";
import { exceptionQuery } from "@/features/exceptions/api";
import { ExceptionDetail } from "@/features/exceptions/ExceptionDetail";

export const Route = createFileRoute("/_app/exceptions/$exceptionId")({
  loader: ({ context, params }) => void context.queries.prefetchQuery(exceptionQuery(params.exceptionId)),
  component: ExceptionDetail,
});
