// What modules take on the heap of a MicroPython whose objects have 32 bits.
//
//     node modules.mjs FOLDER < [["module", ...], ...]  > [bytes, ...]
//
// FOLDER holds the files of a slot. Each list has an interpreter of its own; it collects garbage
// between two calls of runPython only.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { loadMicroPython } from "@micropython/micropython-webassembly-pyscript/micropython.mjs";

const HEAP_SIZE = 1 << 20;
// What the chip has and this build has not; none of them is asked for anything while it is loaded.
const OF_CHIP = ["bluetooth", "esp32", "machine", "network", "socket", "tls"];
const PREPARE = `
import sys, gc
class Module: pass
sys.modules.update({name: Module() for name in ${JSON.stringify(OF_CHIP)}})
sys.path[:] = ["/slot"]
for name in ("binascii", "errno", "hashlib", "json", "os", "random", "select", "struct", "time"):
    __import__(name)
def keep(names):
    for name in list(sys.modules):
        package, _, last = name.rpartition(".")
        if getattr(sys.modules[name], "__file__", "").startswith("/slot") and name not in names:
            del sys.modules[name]
            if package in sys.modules:
                delattr(sys.modules[package], last)
`;

function copy(files, from, to) {
    files.mkdir(to);
    for (const entry of readdirSync(from, { withFileTypes: true })) {
        const [source, target] = [join(from, entry.name), `${to}/${entry.name}`];
        if (entry.isDirectory()) copy(files, source, target);
        else files.writeFile(target, readFileSync(source));
    }
}

async function kept(folder, modules) {
    let printed = "";
    const python = await loadMicroPython({
        heapsize: HEAP_SIZE,
        stdout: (line) => (printed = line),
    });
    const allocated = () => {
        python.runPython("gc.collect()");
        python.runPython("print(gc.mem_alloc())");
        return Number(printed);
    };
    copy(python.FS, folder, "/slot");
    python.runPython(PREPARE);
    const begin = allocated();
    for (const name of modules) {
        python.runPython(`__import__(${JSON.stringify(name)})`);
    }
    python.runPython(`keep(${JSON.stringify(modules)})`);
    return allocated() - begin;
}

const found = [];
for (const modules of JSON.parse(readFileSync(0, "utf-8"))) {
    found.push(await kept(process.argv[2], modules));
}
console.log(JSON.stringify(found));
