using Kalinka.Common.Tls;
using Kalinka.Common.ZooKeeper;

namespace Kalinka.Common.Configuration;

/// <summary>Reads the section <c>ZooKeeper</c>, which both daemons share.</summary>
public static class ZooKeeperSection
{
    /// <summary>The section's options; null when the section is missing.</summary>
    public static ZooKeeperOptions? Read(SectionReader section)
    {
        var options = new ZooKeeperOptions(
            section.Exists ? ReadConnectionString(section) : section.Raw("ConnectionString") ?? "",
            section.Duration(
                "SessionTimeout",
                TimeSpan.FromSeconds(10),
                TimeSpan.FromSeconds(1),
                TimeSpan.FromMinutes(10)
            ),
            ReadAuth(section),
            ReadTls(section.Section("Tls")),
            ReadPath(section, "ClientsPath", "/clients"),
            section.Flag("Shards", true)
        );
        return section.Exists ? options : null;
    }

    private static string ReadConnectionString(SectionReader section)
    {
        var text = section.Required("ConnectionString", "z1:2181,z2:2181/kalinka");
        if (text.Length > 0 && !ConnectionString.TryParse(text, out _, out var problem))
        {
            section.Error("ConnectionString", problem);
        }

        return text;
    }

    private static string? ReadAuth(SectionReader section)
    {
        var auth = section.Secret("Auth");
        if (auth is not null && auth.IndexOf(':', StringComparison.Ordinal) <= 0)
        {
            section.Error("Auth", "must be user:password, for the scheme digest");
        }

        return auth;
    }

    private static TlsOptions? ReadTls(SectionReader section)
    {
        var tls = TlsSection.Read(section);
        return section.Exists ? tls : null;
    }

    private static string ReadPath(SectionReader section, string key, string fallback)
    {
        var path = section.Text(key) ?? fallback;
        var below = path.StartsWith('/') ? path[1..].Split('/') : [""];
        if (path != "/" && below.Any(level => level is "" or "." or ".."))
        {
            section.Error(key, $"'{path}' must be the path of a znode below the chroot, {fallback} say");
        }

        return path;
    }
}
