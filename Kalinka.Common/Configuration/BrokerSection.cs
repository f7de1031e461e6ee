using Kalinka.Common.Mqtt;
using Kalinka.Common.Tls;

namespace Kalinka.Common.Configuration;

/// <summary>Reads the entries of <c>Mqtt:Brokers</c>.</summary>
internal static class BrokerSection
{
    public static IReadOnlyList<BrokerOptions> ReadAll(SectionReader mqtt)
    {
        var entries = mqtt.List("Brokers");
        if (entries.Count == 0 && !mqtt.Findings.HasErrorsAt(mqtt.PathOf("Brokers")) && !AllowsAnnounced(mqtt))
        {
            mqtt.Error(
                "Brokers",
                """is required: [ { "Name": "b1", "Address": "mqtt://host:1883" } ], unless Announced:Allow is there"""
            );
        }

        var brokers = new List<BrokerOptions>(entries.Count);
        foreach (var entry in entries)
        {
            var broker = Read(entry);
            ReportTwins(entry, entries, brokers, broker);
            brokers.Add(broker);
        }

        return brokers;
    }

    private static bool AllowsAnnounced(SectionReader mqtt)
    {
        var announced = mqtt.Section("Announced");
        var pattern = $"{announced.PathOf("Allow")}:";
        return announced.Entries.Any(entry => entry.Key.StartsWith(pattern, StringComparison.OrdinalIgnoreCase));
    }

    private static BrokerOptions Read(SectionReader section)
    {
        if (section.Value is { Length: > 0 })
        {
            section.Error("", """must be an object: { "Name": "b1", "Address": "mqtt://host:1883" }""");
            _ = section.Raw("Name");
            return new BrokerOptions("", "", 0, MqttVersion.V5, null, null, null);
        }

        var name = section.RequiredName("Name", "a name of your choice that stays the same, b1 say");
        var address = ReadAddress(section);
        var version = ReadVersion(section);
        var username = section.Text("Username");
        var password = section.Secret("Password");
        var tls = ReadTls(section, address);
        CheckCredentials(section, version, username, password, address);
        return new BrokerOptions(name, address?.Host ?? "", address?.Port ?? 0, version, username, password, tls)
        {
            Shared = ReadShared(section),
        };
    }

    private static BrokerAddress? ReadAddress(SectionReader section)
    {
        var text = section.Required("Address", "mqtt://host:1883 or mqtts://host:8883");
        if (text.Length == 0)
        {
            return null;
        }

        var address = BrokerAddress.Parse(text, out var problem);
        if (address is null)
        {
            section.Error("Address", problem);
        }

        return address;
    }

    internal static MqttVersion ReadVersion(SectionReader section)
    {
        switch (section.Text("ProtocolVersion"))
        {
            case null or "5.0" or "5":
                return MqttVersion.V5;
            case "3.1.1":
                return MqttVersion.V311;
            case var other:
                section.Error("ProtocolVersion", $"'{other}' must be one of 5.0, 3.1.1");
                return MqttVersion.V5;
        }
    }

    private static bool? ReadShared(SectionReader section)
    {
        switch (section.Text("Shared")?.ToLowerInvariant())
        {
            case null or "auto":
                return null;
            case "true":
                return true;
            case "false":
                return false;
            case var other:
                section.Error("Shared", $"'{other}' must be one of auto, true, false");
                return null;
        }
    }

    private static TlsOptions? ReadTls(SectionReader section, BrokerAddress? address)
    {
        var tls = section.Section("Tls");
        var options = TlsSection.Read(tls);
        if (tls.Exists && address is { Tls: false })
        {
            section.Error(
                "Tls",
                $"has no effect with mqtt://; did you mean the address {BrokerOptions.AddressOf(true, address.Host, 8883)}?"
            );
        }

        return address is { Tls: true } ? options : null;
    }

    internal static void CheckUsername(SectionReader section, MqttVersion version, string? username, string? password)
    {
        if (password is not null && username is null && version == MqttVersion.V311)
        {
            section.Error("Username", "is required: MQTT 3.1.1 takes no password without a user name [MQTT-3.1.2-22]");
        }
    }

    private static void CheckCredentials(
        SectionReader section,
        MqttVersion version,
        string? username,
        string? password,
        BrokerAddress? address
    )
    {
        CheckUsername(section, version, username, password);
        if (password is not null && address is { Tls: false } && !Hosts.IsLoopback(address.Host))
        {
            section.Warn("Address", "the password crosses the network in clear text; mqtts:// protects it");
        }
    }

    private static void ReportTwins(
        SectionReader section,
        IReadOnlyList<SectionReader> entries,
        List<BrokerOptions> earlier,
        BrokerOptions broker
    )
    {
        var sameName = earlier.FindIndex(other => other.Name.Length > 0 && other.Name == broker.Name);
        if (sameName >= 0)
        {
            section.Error("Name", $"'{broker.Name}' is the name of {entries[sameName].Path} already");
        }

        var samePlace = earlier.FindIndex(other =>
            other.Host.Length > 0 && other.Host == broker.Host && other.Port == broker.Port
        );
        if (samePlace >= 0)
        {
            section.Warn("Address", $"is the address of {entries[samePlace].Path} too: each message comes twice");
        }
    }
}
