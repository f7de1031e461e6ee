using Kalinka.Common.Brokers;

namespace Kalinka.Common.Configuration;

/// <summary>Reads the section <c>Mqtt:Announced</c>.</summary>
public static class AnnouncedSection
{
    /// <param name="mqtt">The section above it.</param>
    /// <param name="hasZooKeeper">Where brokers are announced.</param>
    public static AnnouncedOptions Read(SectionReader mqtt, bool hasZooKeeper)
    {
        var section = mqtt.Section("Announced");
        var allow = ReadPatterns(section);
        var version = BrokerSection.ReadVersion(section);
        var username = section.Text("Username");
        var password = section.Secret("Password");
        var tls = TlsSection.Read(section.Section("Tls"));
        BrokerSection.CheckUsername(section, version, username, password);
        if (allow.Count > 0 && !hasZooKeeper)
        {
            section.Error("Allow", "needs ZooKeeper: that is where brokers are announced");
        }

        WarnOfAnywhere(section, allow);
        if (password is not null && allow.Any(pattern => pattern.AllowsPlain))
        {
            section.Warn(
                "Allow",
                "the password may cross the network in clear text; mqtts:// before each pattern protects it"
            );
        }

        return new AnnouncedOptions(allow, version, username, password, tls);
    }

    private static void WarnOfAnywhere(SectionReader section, List<AddressPattern> allow)
    {
        if (allow.Find(pattern => pattern.IsAnywhere) is { } anywhere)
        {
            section.Warn(
                "Allow",
                $"'{anywhere}' lets whoever can write to ZooKeeper choose who is shown the credentials of Mqtt:Announced"
            );
        }
    }

    private static List<AddressPattern> ReadPatterns(SectionReader section)
    {
        var patterns = new List<AddressPattern>();
        foreach (var entry in section.List("Allow"))
        {
            if (AddressPattern.TryParse(entry.Value ?? "", out var pattern, out var problem))
            {
                patterns.Add(pattern);
            }
            else
            {
                entry.Error("", problem);
            }
        }

        return patterns;
    }
}
