/** Writes each built file again as .br and .gz, so that the server never compresses what does not change. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const WORTH_IT_BYTES = 1024;
const TEXT = /\.(js|css|svg|json)$/;

export function compressed() {
    let folder = "";
    return {
        name: "openreg-compressed",
        apply: "build",
        configResolved(config) {
            folder = `${config.build.outDir}/${config.build.assetsDir}`;
        },
        closeBundle() {
            for (const name of readdirSync(folder)) {
                const content = TEXT.test(name) ? readFileSync(`${folder}/${name}`) : Buffer.alloc(0);
                if (content.length < WORTH_IT_BYTES) continue;
                const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } };
                writeFileSync(`${folder}/${name}.br`, brotliCompressSync(content, quality));
                writeFileSync(`${folder}/${name}.gz`, gzipSync(content, { level: 9 }));
            }
        },
    };
}
