import { createFileRoute } from "@tanstack/react-router";
import { schemaPackagesQuery } from "@/features/schema-packages/api";
import { SchemaPackageList } from "@/features/schema-packages/SchemaPackageList";

export const Route = createFileRoute("/_app/schema-packages/")({
  loader: ({ context }) => void context.queries.prefetchQuery(schemaPackagesQuery()),
  component: SchemaPackageList,
});
