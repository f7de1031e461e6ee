using Kalinka.Common.Text;
using Microsoft.Extensions.Configuration;

namespace Kalinka.Common.Configuration;

/// <summary>
/// One section of a configuration. It remembers what it was asked for, so that what nobody asked for is an unknown key.
/// A mistake is noted in <see cref="Findings"/>, and reading goes on with a value that does no harm.
/// </summary>
public sealed class SectionReader
{
    private readonly IConfiguration _section;
    private readonly KeyOrigins _origins;
    private readonly string _pattern;
    private readonly HashSet<string> _keys = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, SectionReader> _sections = new(StringComparer.OrdinalIgnoreCase);

    internal SectionReader(IConfiguration root, KeyOrigins origins, Findings findings)
        : this(root, "", "", origins, findings) { }

    private SectionReader(IConfiguration section, string path, string pattern, KeyOrigins origins, Findings findings)
    {
        _section = section;
        Path = path;
        _pattern = pattern;
        _origins = origins;
        Findings = findings;
    }

    public Findings Findings { get; }

    /// <summary>Key path of the section; empty for the root.</summary>
    public string Path { get; }

    /// <summary>The section is written, be it empty.</summary>
    public bool Exists => Value is not null || _section.GetChildren().Any();

    /// <summary>What is written where a list's entry may be a plain value; null for a section.</summary>
    public string? Value => (_section as IConfigurationSection)?.Value;

    /// <summary>Everything below, by key path; the value of a section is null.</summary>
    internal IEnumerable<KeyValuePair<string, string?>> Entries => _section.AsEnumerable();

    /// <summary>What is written at a key; null when the key is missing or holds a section (an error).</summary>
    public string? Raw(string key)
    {
        Know(key);
        return Single(key);
    }

    /// <summary>A section below this one; the same reader for the same key.</summary>
    public SectionReader Section(string key)
    {
        Know(key);
        var section = Child(key, key);
        if (!string.IsNullOrEmpty(section.Value))
        {
            Error(key, "must be an object: { ... }");
        }

        return section;
    }

    /// <summary>
    /// The entries of a list, each at its own key path. An empty value on the command line or in the environment takes away
    /// the entries of what it overrides: <c>--Presence:Sources=</c>.
    /// </summary>
    public IReadOnlyList<SectionReader> List(string key)
    {
        Know(key);
        var list = Child(key, key);
        if (!string.IsNullOrEmpty(list.Value) || list._section.GetChildren().Any(child => !IsNumber(child.Key)))
        {
            Error(key, "must be a list: [ ... ]");
            list._keys.UnionWith(list._section.GetChildren().Select(child => child.Key));
            return [];
        }

        var entries = list._section.GetChildren().Select(child => child.Key).ToList();
        list._keys.UnionWith(entries);
        return [.. entries.Where(entry => !_origins.IsEmptiedAbove(list.Path, list.PathOf(entry))).Select(list.Entry)];
    }

    /// <summary>An object whose keys are free: names and values, in the order of the names.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Map(string key)
    {
        var map = Section(key);
        map.Findings.KnownKeys.Add($"{map._pattern}:*");
        var names = map._section.GetChildren().Select(child => child.Key).ToList();
        map._keys.UnionWith(names);
        if (names.Count > 0 && names.Index().All(name => name.Item == $"{name.Index}"))
        {
            // What was written as a list looks like an object with the names 0, 1, ...
            Error(key, "must be an object: { ... }");
            return [];
        }

        return [.. names.Select(name => KeyValuePair.Create(name, map.Single(name) ?? ""))];
    }

    /// <summary>Notes a key that only the other daemon reads.</summary>
    public void Foreign(string key, string daemon) => Refuse(key, $"is read by {daemon} only: remove it here");

    /// <summary>Notes a key that must not be there, and says why.</summary>
    public void Refuse(string key, string reason)
    {
        if (Has(key))
        {
            Error(key, reason);
        }

        _keys.Add(key);
    }

    /// <summary>Notes a key of a section that both daemons share and only the other one uses.</summary>
    public void Unused(string key, string daemon)
    {
        if (Has(key))
        {
            Warn(key, $"has no effect here: only {daemon} uses it");
        }

        _keys.Add(key);
    }

    public bool Has(string key) => _section.GetSection(key).Exists();

    public void Error(string key, string message) => Findings.Errors.Add(At(key, message));

    public void Warn(string key, string message) => Findings.Warnings.Add(At(key, message));

    public string PathOf(string key) => Path.Length == 0 ? key : $"{Path}:{key}";

    /// <summary>Makes an error of every key, here and below, that was not asked for.</summary>
    internal void ReportUnknownKeys()
    {
        foreach (var child in _section.GetChildren().Where(child => !_keys.Contains(child.Key)))
        {
            Error(child.Key, $"unknown key{Spelling.Suggest(child.Key, _keys)}");
        }

        foreach (var section in _sections.Values)
        {
            section.ReportUnknownKeys();
        }
    }

    private string? Single(string key)
    {
        var section = _section.GetSection(key);
        if (section.Value is null && section.GetChildren().Any())
        {
            Error(key, "must be a single value, not an object or a list");
        }

        return section.Value;
    }

    private SectionReader Entry(string key)
    {
        _keys.Add(key);
        return Child(key, "*");
    }

    private SectionReader Child(string key, string pattern)
    {
        if (!_sections.TryGetValue(key, out var child))
        {
            var childPattern = _pattern.Length == 0 ? pattern : $"{_pattern}:{pattern}";
            child = new SectionReader(_section.GetSection(key), PathOf(key), childPattern, _origins, Findings);
            _sections[key] = child;
        }

        return child;
    }

    private void Know(string key)
    {
        _keys.Add(key);
        Findings.KnownKeys.Add(_pattern.Length == 0 ? key : $"{_pattern}:{key}");
    }

    private ConfigurationError At(string key, string message)
    {
        var path = key.Length == 0 ? Path : PathOf(key);
        return new ConfigurationError(path, message + _origins.Describe(path));
    }

    private static bool IsNumber(string key) => key.All(char.IsAsciiDigit);
}
