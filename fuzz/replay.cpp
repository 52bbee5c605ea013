#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include "target.h"

// Runs a target over the files of a folder, without libFuzzer: `test_fuzz_corpus TARGET FOLDER`.
// What was found once stays fixed, with any compiler.

namespace resgate::fuzz {
namespace {

std::map<std::string_view, Target>& targets() {
    static std::map<std::string_view, Target> all;
    return all;
}

int replay(std::string_view name, const std::filesystem::path& folder) {
    const auto target = targets().find(name);
    if (target == targets().end() || !std::filesystem::is_directory(folder)) {
        std::cerr << "no target " << name << " or no folder " << folder << '\n';
        return 2;
    }
    std::vector<std::filesystem::path> files;
    for (const auto& file : std::filesystem::directory_iterator(folder)) {
        files.push_back(file.path());
    }
    std::sort(files.begin(), files.end());
    for (const auto& file : files) {
        std::cout << file.filename().string() << std::endl;  // seen even if the target ends us
        std::ifstream stream(file, std::ios::binary);
        const std::string input(std::istreambuf_iterator<char>(stream), {});
        target->second(input);
    }
    return files.empty() ? 1 : 0;
}

}  // namespace

Registration::Registration(std::string_view name, Target target) {
    targets().emplace(name, target);
}

}  // namespace resgate::fuzz

int main(int count, char** words) {
    if (count != 3) {
        std::cerr << "usage: test_fuzz_corpus TARGET FOLDER\n";
        return 2;
    }
    return resgate::fuzz::replay(words[1], words[2]);
}
