import { createFileRoute } from "@tanstack/react-router";
import { schemaPackageQuery } from "@/features/schema-packages/api";
import { SchemaPackageDetail } from "@/features/schema-packages/SchemaPackageDetail";
import { oneOf, searchParams } from "@/lists/searchParams";

const search = searchParams({ tab: oneOf(["check", "files"]) });

export const Route = createFileRoute("/_app/schema-packages/$packageId")({
  validateSearch: search,
  loader: ({ context, params }) => void context.queries.prefetchQuery(schemaPackageQuery(params.packageId)),
  component: SchemaPackageDetail,
});
