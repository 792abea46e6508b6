/** Writes src/routeTree.gen.ts from the files in src/routes, as the development server does while it runs. */
import { fileURLToPath } from "node:url";
import { Generator, getConfig } from "@tanstack/router-generator";

const folder = fileURLToPath(new URL("..", import.meta.url));

export const routerOptions = {
    target: "react",
    routesDirectory: `${folder}src/routes`,
    generatedRouteTree: `${folder}src/routeTree.gen.ts`,
    routeFileIgnorePattern: "\\.test\\.|messages\\.ts$",
    autoCodeSplitting: true,
    quoteStyle: "double",
    semicolons: true,
};

if (process.argv[1] === fileURLToPath(import.meta.url)) {
    const generator = new Generator({ config: getConfig(routerOptions, folder), root: folder });
    await generator.run();
}
