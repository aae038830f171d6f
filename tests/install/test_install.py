"""An installed prefix works on its own: moved elsewhere, with neither .venv nor the build tree in reach."""

import os
import pathlib
import subprocess

import pytest

BUILD = pathlib.Path(os.environ["COVEY_BUILD"])
CMAKE = os.environ["COVEY_CMAKE"]
CONSUMER = pathlib.Path(__file__).parent / "consumer"
# What every Linux system brings, and is therefore not copied.
SYSTEM = ("linux-vdso", "ld-linux", "libc.so", "libm.so", "libdl.so", "librt.so", "libpthread.so",
          "libgcc_s.so", "libstdc++.so")
CUDA = ("libcublas.so", "libcublasLt.so")  # of the CUDA toolkit; covey starts without, and says so


def run(*command, env=None):
    done = subprocess.run([str(c) for c in command], env=env, text=True, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    assert done.returncode == 0, f"{command}\n{done.stdout}"
    return done.stdout


@pytest.fixture(scope="module")
def prefix(tmp_path_factory):
    first = tmp_path_factory.mktemp("install") / "first"
    run(CMAKE, "--install", BUILD, "--prefix", first)
    return first.rename(first.with_name("moved"))


def binaries(prefix):
    return [f for f in prefix.rglob("*") if f.is_file() and f.read_bytes()[:4] == b"\x7fELF"]


def test_the_command_runs_with_an_empty_environment(prefix):
    assert "0.1.0" in run(prefix / "bin" / "covey", "info", env={})


def test_every_library_is_found_in_the_prefix_or_the_system(prefix):
    found = binaries(prefix)
    assert prefix / "bin" / "covey" in found
    # What covey needs, and what that needs, is found by covey's run path.
    third_party = [f for f in found if f.parent.name == "covey"]
    assert {"libpng16.so.16", "libz.so.1"} <= {f.name for f in third_party}
    for binary in set(found) - set(third_party):
        for line in run("ldd", binary, env={"PATH": os.environ["PATH"]}).splitlines():
            name, _, where = line.strip().partition(" => ")
            known = SYSTEM + (CUDA if binary.name == "libcovey_cuda.so" else ())
            if name.rsplit("/", 1)[-1].startswith(known):
                continue
            assert where.startswith(str(prefix)), f"{binary}: {line}"


def test_no_run_path_is_absolute(prefix):
    for binary in binaries(prefix):
        for line in run("readelf", "-d", binary).splitlines():
            if "RUNPATH" in line or "RPATH" in line:
                paths = line.split("[")[1].split("]")[0].split(":")
                assert all(p.startswith("$ORIGIN") for p in paths), f"{binary}: {line}"


def test_no_installed_text_names_the_build(prefix):
    for file in prefix.rglob("*.cmake"):
        text = file.read_text()
        assert str(BUILD) not in text and ".venv" not in text, file


def test_a_consumer_of_the_package_builds_and_runs(prefix, tmp_path):
    run(CMAKE, "-S", CONSUMER, "-B", tmp_path, "-G", "Ninja", f"-DCMAKE_PREFIX_PATH={prefix}",
        "-DCMAKE_BUILD_TYPE=Release")
    run(CMAKE, "--build", tmp_path)
    assert run(tmp_path / "consumer").split() == ["3", "2"]
