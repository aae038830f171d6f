"""The command with a GPU: results equal the CPU's byte for byte, and a GPU that cannot be had or fails on the way is
said so, with its exit code. Without a GPU, the CUDA module compiled for the CPU (COVEY_EMULATED) stands in."""

import os

import pytest

import support
from support import covey, document

EMULATED = os.environ.get("COVEY_EMULATED", "")
NCCL = os.environ.get("COVEY_EMULATED_NCCL", "")

pytestmark = pytest.mark.skipif(not EMULATED, reason="this build has no emulated CUDA module (COVEY_EMULATED)")

FILES = ["model.json", "personas.csv", "channels.csv", "channel_personas.csv", "devices.csv", "tests.csv", "assignments.parquet"]

OUT_OF_MEMORY = "cudaMalloc:2"
FAULT = "cudaMemcpy:700"  # an illegal address in a kernel shows at the next call that waits


def emulated(**emulator):
    """Variables that put the emulated GPU into the command. fault="CALL:ERROR:NTH" fails the nth such call of the CUDA
    runtime with that error; driver: its version; devices: how many; memory: bytes of the GPU."""
    return {"LD_PRELOAD": EMULATED} | {f"COVEY_EMULATOR_{name.upper()}": str(value) for name, value in emulator.items()}


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    file = tmp_path_factory.mktemp("data") / "sessions.csv"
    covey("generate", "--rows", 3000, "-o", file)
    return file


def run(data, folder, backend, code=0, **emulator):
    return covey("run", data, "--k", "2:4", "--restarts", 2, "--backend", backend, "-o", folder, code=code,
                 variables=emulated(**emulator))


def test_every_byte_equals_the_cpu_back_end(data, tmp_path):
    run(data, tmp_path / "cpu", "cpu")
    run(data, tmp_path / "cuda", "cuda")
    for name in FILES:
        assert (tmp_path / "cuda" / name).read_bytes() == (tmp_path / "cpu" / name).read_bytes(), name
    assert document(tmp_path / "cuda" / "run.json")["backend"]["name"] == "cuda"
    covey("score", tmp_path / "cpu", data, "--backend", "cuda", "-o", tmp_path / "scored", variables=emulated())
    assert ((tmp_path / "scored" / "assignments.parquet").read_bytes()
            == (tmp_path / "cpu" / "assignments.parquet").read_bytes())


def test_auto_takes_the_gpu_and_says_nothing(data, tmp_path):
    done = run(data, tmp_path / "out", "auto")
    backend = document(tmp_path / "out" / "run.json")["backend"]
    assert backend["name"] == "cuda" and backend["note"] == ""
    assert done.err == ""


@pytest.mark.parametrize("fault", [f"{OUT_OF_MEMORY}:{nth}" for nth in (1, 9, 25)] + [f"{FAULT}:5"])
def test_auto_falls_back_on_a_gpu_that_fails(data, tmp_path, fault):
    done = run(data, tmp_path / "auto", "auto", fault=fault)
    run(data, tmp_path / "cpu", "cpu")
    for name in FILES:
        assert (tmp_path / "auto" / name).read_bytes() == (tmp_path / "cpu" / name).read_bytes(), name
    manifest = document(tmp_path / "auto" / "run.json")
    backend = manifest["backend"]
    assert backend["name"] == "cpu"
    assert backend["note"].startswith("using the CPU: ") and "\n" not in backend["note"]
    assert done.err == f"covey: warning: {backend['note']}\n"
    assert manifest["options"]["backend"] == "auto"
    stages = [entry["stage"] for entry in manifest["timings"]["stages"]]
    assert stages == ["ingest", "prepare", "segment", "profile", "attribute", "recommend", "map", "write", "report"]


def test_score_falls_back_too(data, tmp_path):
    run(data, tmp_path / "fit", "cpu")
    covey("score", tmp_path / "fit", data, "-o", tmp_path / "scored", variables=emulated(fault=f"{OUT_OF_MEMORY}:1"))
    backend = document(tmp_path / "scored" / "run.json")["backend"]
    assert backend["name"] == "cpu" and backend["note"].startswith("using the CPU: ")


@pytest.mark.parametrize("memory", [40_000, 100_000])
def test_memory_that_truly_runs_out(data, tmp_path, memory):
    """The points alone are 3,000 x 4 floats, 48,000 bytes: the first GPU cannot hold them, the second not all else."""
    run(data, tmp_path / "cpu", "cpu")
    run(data, tmp_path / "auto", "auto", memory=memory)
    assert (tmp_path / "auto" / "model.json").read_bytes() == (tmp_path / "cpu" / "model.json").read_bytes()
    assert document(tmp_path / "auto" / "run.json")["backend"]["name"] == "cpu"
    assert "out of GPU memory: asked for " in run(data, tmp_path / "cuda", "cuda", memory=memory, code=4).err


@pytest.mark.parametrize("emulator, words", [
    ({"fault": f"{OUT_OF_MEMORY}:1"}, ["out of GPU memory: asked for ", " MiB", "are free"]),
    ({"devices": 0}, ["the NVIDIA driver shows no GPU", "nvidia-smi"]),
    ({"driver": 0}, ["no NVIDIA driver found", "install"]),
    ({"driver": 12020}, ["it supports CUDA 12.2", "needs CUDA 13"]),
    ({"fault": "cudaFuncGetAttributes:209:1"}, ["Emulated GPU", "compute capability 9.0", "COVEY_CUDA_ARCHITECTURES=90"]),
    ({"fault": f"{FAULT}:1"}, ["cudaErrorIllegalAddress"]),
])
def test_what_was_found_and_what_is_needed(data, tmp_path, emulator, words):
    done = run(data, tmp_path / "out", "cuda", code=4, **emulator)
    assert done.err.startswith("covey: error: ") and done.err.count("\n") == 2  # what, how to fix
    for word in words:
        assert word in done.err
    assert not (tmp_path / "out").exists()
    assert support.leftovers(tmp_path) == []


def test_auto_without_a_device_uses_the_cpu_and_says_why(data, tmp_path):
    run(data, tmp_path / "out", "auto", devices=0)
    backend = document(tmp_path / "out" / "run.json")["backend"]
    assert backend["name"] == "cpu" and "GPU" in backend["note"]


def test_info_lists_the_gpu():
    text = covey("info", variables=emulated()).out
    assert "Emulated GPU" in text
    assert "not available" not in text


@pytest.mark.parametrize("options, code, words", [
    (["--gpu", "1,0,1"], 2, "GPU 1 is named twice"),
    (["--gpu", 7, "--backend", "cuda"], 4, "GPU 7 is not there: this machine has 1"),
    (["--gpu", "0,1", "--backend", "cuda"], 4, "GPU 1 is not there: this machine has 1"),
    (["--gpu", 0, "--backend", "cuda"], 0, ""),
    (["--gpu-memory", "2 apples"], 2, "'2 apples' is not an amount of memory"),
    (["--gpu-memory", "-3G"], 2, "'-3G' is not an amount of memory"),
    (["--gpu-memory", "G"], 2, "'G' is not an amount of memory"),
    (["--gpu-memory", "1.5k"], 2, "'1.5k' is too little"),
    (["--gpu-memory", "0"], 2, "allow at least 64M of each GPU"),
    (["--gpu-memory", "64M", "--backend", "cuda"], 0, ""),
])
def test_choice_of_a_gpu(data, tmp_path, options, code, words):
    done = covey("run", data, "--k", 2, "--restarts", 1, *options, "-o", tmp_path / "out", code=code,
                 variables=emulated())
    assert words in done.err


def test_two_gpus_give_the_bytes_of_one(data, tmp_path):
    run(data, tmp_path / "cpu", "cpu")
    for nccl in (NCCL, ""):
        folder = tmp_path / ("nccl" if nccl else "host")
        variables = emulated(devices=2) | {"LD_PRELOAD": f"{EMULATED} {nccl}"}
        covey("run", data, "--k", "2:4", "--restarts", 2, "--backend", "cuda", "--gpu", "1,0", "--gpu-memory", "0.25g", "-o", folder,
              variables=variables)
        for name in FILES:
            assert (folder / name).read_bytes() == (tmp_path / "cpu" / name).read_bytes(), name
        manifest = document(folder / "run.json")
        assert manifest["options"]["gpus"] == [1, 0] and manifest["options"]["gpu_memory"] == 1 << 28
        device = manifest["backend"]["device"]
        assert device.count("Emulated GPU") == 2
        assert "sums joined by NCCL" in device if nccl else "sums joined by the host, without NCCL: " in device


def test_nccl_that_does_not_start_is_done_without(data, tmp_path):
    variables = emulated(devices=2, nccl="fail") | {"LD_PRELOAD": f"{EMULATED} {NCCL}"}
    covey("run", data, "--k", 2, "--restarts", 1, "--backend", "cuda", "--gpu", "0,1", "-o", tmp_path / "out", variables=variables)
    device = document(tmp_path / "out" / "run.json")["backend"]["device"]
    assert device.endswith("sums joined by the host, without NCCL: ncclCommInitAll: unhandled system error")


def test_a_budget_in_a_configuration_file(data, tmp_path):
    (tmp_path / "covey.toml").write_text('gpu_memory = "1G"\ngpu = [0]\n')
    covey("run", data, "--k", 2, "--restarts", 1, "--config", tmp_path / "covey.toml", "-o", tmp_path / "out", variables=emulated())
    options = document(tmp_path / "out" / "run.json")["options"]
    assert options["gpu_memory"] == 1 << 30 and options["gpus"] == [0]
