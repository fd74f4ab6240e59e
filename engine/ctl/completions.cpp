#include "engine/ctl/completions.hpp"

#include <fmt/format.h>

namespace triaged::ctl {

namespace {

/// `text` within single quotes of a shell.
std::string quoted(std::string_view text)
{
    std::string out = "'";
    for (const char c : text) {
        if (c == '\'')
            out += "'\\''";
        else
            out += c;
    }
    return out + "'";
}

/// `text` as a description within a zsh `_arguments` specification.
std::string zsh_about(std::string_view text)
{
    std::string out;
    for (const char c : text) {
        if (c == '[' || c == ']' || c == ':' || c == '\\') out += '\\';
        out += c;
    }
    return out;
}

std::string words(const std::vector<std::pair<std::string, std::string>>& flags)
{
    std::string out;
    for (const auto& [name, about] : flags) out += (out.empty() ? "" : " ") + name;
    return out;
}

std::string bash_script(const std::vector<CommandShape>& shapes)
{
    std::string names;
    std::string cases;
    for (std::size_t i = 1; i < shapes.size(); ++i) {
        names += (i == 1 ? "" : " ") + shapes[i].name;
        cases += fmt::format("        {}) flags=\"$common {}\" ;;\n", shapes[i].name, words(shapes[i].flags));
    }
    return fmt::format(R"(# bash completion for triagectl
_triagectl() {{
    local current="${{COMP_WORDS[COMP_CWORD]}}" command="" word flags
    local common="{}"
    local commands="{}"
    for word in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
        [[ " $commands " == *" $word "* ]] && {{ command="$word"; break; }}
    done
    case "$command" in
        "") flags="$common" ;;
{}    esac
    if [[ "$current" == -* ]]; then
        COMPREPLY=($(compgen -W "$flags" -- "$current"))
    elif [[ -z "$command" ]]; then
        COMPREPLY=($(compgen -W "$commands" -- "$current"))
    elif [[ "$command" == completions ]]; then
        COMPREPLY=($(compgen -W "bash zsh fish" -- "$current"))
    else
        compopt -o filenames 2>/dev/null
        COMPREPLY=($(compgen -f -- "$current"))
    fi
}}
complete -F _triagectl triagectl
)",
                       words(shapes[0].flags), names, cases);
}

std::string zsh_script(const std::vector<CommandShape>& shapes)
{
    const auto specifications = [](const CommandShape& shape) {
        std::string out;
        for (const auto& [name, about] : shape.flags)
            out += fmt::format(" {}", quoted(fmt::format("{}[{}]", name, zsh_about(about))));
        return out;
    };
    std::string commands;
    std::string cases;
    for (std::size_t i = 1; i < shapes.size(); ++i) {
        const auto& shape = shapes[i];
        commands +=
            fmt::format("        {}\n", quoted(fmt::format("{}:{}", shape.name, zsh_about(shape.about))));
        const auto* const rest =
            shape.name == "completions" ? "'1:shell:(bash zsh fish)'" : "'*:file:_files'";
        cases +=
            fmt::format("        {}) _arguments $common{} {} ;;\n", shape.name, specifications(shape), rest);
    }
    return fmt::format(R"(#compdef triagectl
_triagectl() {{
    local -a common commands
    common=({})
    commands=(
{}    )
    local context state line
    _arguments -C $common '1:command:->command' '*::argument:->arguments'
    case "$state" in
        command) _describe command commands ;;
        arguments)
            case "$line[1]" in
{}            esac ;;
    esac
}}
if [ "$funcstack[1]" = "_triagectl" ]; then _triagectl "$@"; else compdef _triagectl triagectl; fi
)",
                       specifications(shapes[0]), commands, cases);
}

std::string fish_script(const std::vector<CommandShape>& shapes)
{
    std::string out = "# fish completion for triagectl\n";
    const auto add_flags = [&](const CommandShape& shape, const std::string& condition) {
        for (const auto& [name, about] : shape.flags)
            out += fmt::format("complete -c triagectl{} -l {} -d {}\n", condition, name.substr(2),
                               quoted(about));
    };
    add_flags(shapes[0], "");
    for (std::size_t i = 1; i < shapes.size(); ++i) {
        const auto& shape = shapes[i];
        out += fmt::format("complete -c triagectl -f -n __fish_use_subcommand -a {} -d {}\n", shape.name,
                           quoted(shape.about));
        add_flags(shape, fmt::format(" -n '__fish_seen_subcommand_from {}'", shape.name));
    }
    return out + "complete -c triagectl -f -n '__fish_seen_subcommand_from completions' -a 'bash zsh fish'\n";
}

}  // namespace

std::string completion_script(std::string_view shell, const std::vector<CommandShape>& shapes)
{
    if (shell == "bash") return bash_script(shapes);
    if (shell == "zsh") return zsh_script(shapes);
    if (shell == "fish") return fish_script(shapes);
    return {};
}

}  // namespace triaged::ctl
