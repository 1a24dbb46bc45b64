// TensorFlow opens the CUDA libraries by name when it starts. The wheels put them where no loader
// looks, so the binding opens them first, by path: a library already there is found by its name.
// It does nothing where lib/nvidia is missing, as in a build for the CPU.
#include <dirent.h>
#include <dlfcn.h>

#include <algorithm>
#include <string>
#include <vector>

namespace {

// Not libraries that stand in for others: nvBLAS would take over every BLAS call of the process.
bool wanted(const std::string &name) {
  for (const char *other : {"nvblas", "cufftw", ".alt."}) {
    if (name.find(other) != std::string::npos) return false;
  }
  return name.find(".so.") != std::string::npos;
}

std::vector<std::string> entries(const std::string &folder) {
  std::vector<std::string> names;
  if (DIR *dir = opendir(folder.c_str())) {
    while (dirent *entry = readdir(dir)) names.push_back(entry->d_name);
    closedir(dir);
  }
  std::sort(names.begin(), names.end());
  return names;
}

__attribute__((constructor)) void preload() {
  Dl_info self;
  if (!dladdr(reinterpret_cast<void *>(&preload), &self)) return;
  std::string root = self.dli_fname;
  root = root.substr(0, root.rfind('/')) + "/lib/nvidia";
  std::vector<std::string> left;
  for (const std::string &package : entries(root)) {
    if (package[0] == '.') continue;
    const std::string folder = root + "/" + package + "/lib";
    for (const std::string &name : entries(folder)) {
      if (wanted(name)) left.push_back(folder + "/" + name);
    }
  }
  // They need each other: those that do not open yet are tried again after the others.
  for (size_t before = left.size() + 1; left.size() < before && !left.empty();) {
    before = left.size();
    std::vector<std::string> failed;
    for (const std::string &path : left) {
      if (!dlopen(path.c_str(), RTLD_LAZY | RTLD_GLOBAL)) failed.push_back(path);
    }
    left.swap(failed);
  }
}

}  // namespace
