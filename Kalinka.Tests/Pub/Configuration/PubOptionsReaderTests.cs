using Kalinka.Common.Kafka;
using Kalinka.Common.Mqtt;
using Kalinka.Pub;
using Kalinka.Tests.Common.Configuration;

namespace Kalinka.Tests.Pub.Configuration;

internal sealed class PubOptionsReaderTests
{
    [Test]
    public void What_is_not_written_has_the_documented_default()
    {
        var options = Read(ConfigurationText.Pub.With("""{ "Instance": null }"""));

        Assert.Multiple(() =>
        {
            Assert.That(options.Instance, Is.EqualTo("chosen-0"));
            Assert.That(options.Mqtt.ClientId, Is.EqualTo("kalinka-pub"));
            Assert.That(options.Mqtt.ShareName, Is.EqualTo("kalinka"));
            Assert.That(options.Mqtt.Seats, Is.EqualTo(1));
            Assert.That(options.Mqtt.ReceiveMaximum, Is.EqualTo(1000));
            Assert.That(options.Mqtt.SessionExpiry, Is.EqualTo(TimeSpan.FromDays(1)));
            Assert.That(options.Mqtt.KeepAlive, Is.EqualTo(TimeSpan.FromSeconds(30)));
            Assert.That(options.Mqtt.Brokers[0].Version, Is.EqualTo(MqttVersion.V5));
            Assert.That(options.Kafka.CreateTopics, Is.EqualTo(TopicCreation.FromRules));
            Assert.That(options.Kafka.Properties, Is.Empty);
            Assert.That(options.ZooKeeper!.SessionTimeout, Is.EqualTo(TimeSpan.FromSeconds(10)));
            Assert.That(options.ZooKeeper.ClientsPath, Is.EqualTo("/clients"));
            Assert.That(options.ZooKeeper.Shards, Is.True);
            Assert.That(options.ZooKeeper.Tls, Is.Null);
            Assert.That(options.Mapping.DeadLetterUnmapped, Is.False);
            Assert.That(options.Presence.Sources.Single().Preset, Is.EqualTo("Traffic"));
            Assert.That(options.Presence.KeepOffline, Is.EqualTo(TimeSpan.FromDays(7)));
            Assert.That(options.DeadLetterTopic, Is.EqualTo("kalinka.dead-letter"));
            Assert.That(options.Sequence, Is.True);
            Assert.That(options.BufferBytes, Is.EqualTo(64 * 1024 * 1024));
            Assert.That(options.HttpUrl, Is.Null);
        });
    }

    [Test]
    public void Announced_brokers_may_be_all_there_are()
    {
        var loaded = ConfigurationText.LoadPub(
            ConfigurationText.Pub.With(
                """
                { "Mqtt": { "Brokers": null, "Announced": {
                    "Allow": [ "mqtts://*.example.org", "10.0.0.0/8" ], "Username": "u", "Password": "p",
                    "ProtocolVersion": "3.1.1" } } }
                """
            )
        );

        Assert.That(loaded.Findings.Errors, Is.Empty);
        Assert.That(loaded.Options!.Mqtt.Brokers, Is.Empty);
        var announced = loaded.Options.Options.Announced;
        Assert.That(announced.Allow.Select(pattern => $"{pattern}"), Has.Some.EqualTo("10.0.0.0/8"));
        Assert.That(
            (announced.Username, announced.Password, announced.Version),
            Is.EqualTo(("u", "p", MqttVersion.V311))
        );
        Assert.That(loaded.Options.Summary, Does.Contain("announced brokers at mqtts://*.example.org"));

        // Of the second pattern: a password in clear text.
        Assert.That(
            loaded.Findings.Warnings.Single(warning => warning.KeyPath.StartsWith("Mqtt")).KeyPath,
            Is.EqualTo("Mqtt:Announced:Allow")
        );
    }

    [TestCase("*")]
    [TestCase("mqtts://*:8883")]
    [TestCase("0.0.0.0/0")]
    public void Announced_brokers_anywhere_are_warned_of(string pattern)
    {
        var loaded = ConfigurationText.LoadPub(
            ConfigurationText.Pub.With($$"""{ "Mqtt": { "Announced": { "Allow": [ "{{pattern}}" ] } } }""")
        );

        Assert.That(loaded.Findings.Errors, Is.Empty);
        var warning = loaded.Findings.Warnings.Single(warning => warning.KeyPath == "Mqtt:Announced:Allow");
        Assert.That(warning.Message, Does.Contain($"'{pattern}'").And.Contain("credentials"));
    }

    [Test]
    public void Without_ZooKeeper_there_is_no_presence_and_a_warning()
    {
        var loaded = ConfigurationText.LoadPub(ConfigurationText.Pub.With("""{ "ZooKeeper": null }"""));

        Assert.That(loaded.Options!.Options.ZooKeeper, Is.Null);
        Assert.That(loaded.Options.Options.Presence.Sources, Is.Empty);
        Assert.That(loaded.Findings.Warnings.Select(warning => warning.KeyPath), Does.Contain("ZooKeeper"));
    }

    [Test]
    public void A_rule_for_topics_that_brokers_do_not_share_is_warned_of()
    {
        var loaded = ConfigurationText.LoadPub(
            ConfigurationText.Pub.With(
                """{ "Mapping": { "Rules": [ { "From": "$SYS/broker/{x...}", "To": "sys" } ] } }"""
            )
        );

        Assert.That(loaded.Findings.Errors, Is.Empty);
        Assert.That(
            loaded.Findings.Warnings.Select(warning => $"{warning.KeyPath}: {warning.Message}"),
            Has.Some.StartsWith("Mapping:Rules:0:From: '$SYS/broker/{x...}' may never match")
        );
    }

    [Test]
    public void Presence_is_bounded_and_its_bounds_can_be_set()
    {
        var defaults = Read(ConfigurationText.Pub).Presence;
        var set = Read(
            ConfigurationText.Pub.With(
                """{ "Presence": { "KeepOffline": "00:00:00", "NewClientsPerSecond": 5, "MaximumClients": 7 } }"""
            )
        ).Presence;

        Assert.That((defaults.NewClientsPerSecond, defaults.MaximumClients), Is.EqualTo((1_000, 2_000_000L)));
        Assert.That((set.KeepOffline, set.NewClientsPerSecond, set.MaximumClients), Is.EqualTo((TimeSpan.Zero, 5, 7L)));
    }

    [TestCase("mqtt://h", "h", 1883, false)]
    [TestCase("mqtt://h:18830", "h", 18830, false)]
    [TestCase("mqtts://h", "h", 8883, true)]
    [TestCase("MQTTS://10.0.0.1:1", "10.0.0.1", 1, true)]
    [TestCase("mqtt://[::1]:1884/", "::1", 1884, false)]
    public void An_address_has_a_host_a_port_and_perhaps_TLS(string address, string host, int port, bool tls)
    {
        var options = Read(
            ConfigurationText.Pub.With(
                $$"""{ "Mqtt": { "Brokers": [ { "Name": "b1", "Address": "{{address}}" } ] } }"""
            )
        );

        var broker = options.Mqtt.Brokers[0];
        Assert.That((broker.Host, broker.Port, broker.Tls is not null), Is.EqualTo((host, port, tls)));
    }

    [TestCase("mqtt://h:1883")]
    [TestCase("mqtt://[fe80::1]:1884")]
    [TestCase("mqtts://[::1]:8883")]
    public void An_address_is_told_as_it_was_written(string address)
    {
        var options = Read(
            ConfigurationText.Pub.With(
                $$"""{ "Mqtt": { "Brokers": [ { "Name": "b1", "Address": "{{address}}" } ] } }"""
            )
        );

        Assert.That(options.Mqtt.Brokers[0].Address, Is.EqualTo(address));
    }

    [Test]
    public void Presence_takes_presets_and_topics_of_the_users_own_and_an_empty_list_turns_it_off()
    {
        const string sources = """["emqx", { "Topic": "status/{client}", "Online": "on", "Offline": "off" }]""";
        var own = Read(ConfigurationText.Pub.With($$"""{ "Presence": { "Sources": {{sources}} } }"""));
        var off = Read(ConfigurationText.Pub.With("""{ "Presence": { "Sources": [] } }"""));

        Assert.That(
            own.Presence.Sources.Select(source => (source.Preset, source.Pattern?.Text, source.Online, source.Offline)),
            Is.EqualTo(
                new (string?, string?, string?, string?)[]
                {
                    ("Emqx", null, null, null),
                    (null, "status/{client}", "on", "off"),
                }
            )
        );
        Assert.That(off.Presence.Sources, Is.Empty);
    }

    [TestCase("s3cret", "s3cret")]
    [TestCase("s3cret\n", "s3cret")]
    [TestCase("s3cret\r\n", "s3cret")]
    [TestCase(" s3cret \n\n", " s3cret \n")]
    public void A_password_file_ends_before_its_last_line_break(string content, string password)
    {
        var file = Path.GetTempFileName();
        File.WriteAllText(file, content);
        try
        {
            var options = Read(
                ConfigurationText.Pub.With(
                    $$"""
                    { "Mqtt": { "Brokers": [ { "Name": "b1", "Address": "mqtt://h", "Username": "k", "PasswordFile": "{{file}}" } ] } }
                    """
                )
            );

            Assert.That(options.Mqtt.Brokers[0].Password, Is.EqualTo(password));
            Assert.That(options.Mqtt.Brokers[0].ToString(), Does.Not.Contain("s3cret"));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Test]
    public void Headers_and_Kafka_properties_keep_their_names_as_they_are_written()
    {
        var options = Read(
            ConfigurationText.Pub.With(
                """
                {
                  "Kafka": { "Properties": { "compression.type": "lz4" } },
                  "Mapping": { "Rules": [ { "From": "a/{x}", "To": "t", "Headers": { "srcId": "{x}" } } ] }
                }
                """
            )
        );

        Assert.That(options.Kafka.Properties["compression.type"], Is.EqualTo("lz4"));
        Assert.That(options.Mapping.Rules[0].Headers, Is.EqualTo(new[] { KeyValuePair.Create("srcId", "{x}") }));
    }

    private static PubOptions Read(string text)
    {
        var loaded = ConfigurationText.LoadPub(text);
        Assert.That(loaded.Findings.Errors, Is.Empty);
        return loaded.Options!.Options;
    }
}
