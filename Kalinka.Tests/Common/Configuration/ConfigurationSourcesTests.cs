namespace Kalinka.Tests.Common.Configuration;

internal sealed class ConfigurationSourcesTests
{
    [Test]
    public void The_environment_wins_over_the_file_and_the_command_line_over_both()
    {
        var environment = new Dictionary<string, string>
        {
            ["KALINKA_Mqtt__Seats"] = "2",
            ["kalinka_kafka__bootstrapservers"] = "fromEnvironment:9092",
            ["HOME"] = "/",
        };
        var arguments = new Dictionary<string, string> { ["mqtt:seats"] = "3" };

        var loaded = ConfigurationText.LoadPub(
            ConfigurationText.Pub.With("""{ "Mqtt": { "Seats": 1 } }"""),
            new Sources(environment, arguments)
        );

        Assert.That(loaded.Findings.Errors, Is.Empty);
        Assert.That(loaded.Options!.Mqtt.Seats, Is.EqualTo(3));
        Assert.That(loaded.Options.Kafka.BootstrapServers, Is.EqualTo("fromEnvironment:9092"));
    }

    [Test]
    public void A_broker_can_be_added_by_the_environment()
    {
        var environment = new Dictionary<string, string>
        {
            ["KALINKA_Mqtt__Brokers__1__Name"] = "b2",
            ["KALINKA_Mqtt__Brokers__1__Address"] = "mqtt://h2",
        };

        var loaded = ConfigurationText.LoadPub(ConfigurationText.Pub, new Sources(environment));

        Assert.That(loaded.Options!.Mqtt.Brokers.Select(broker => broker.Name), Is.EqualTo(new[] { "b1", "b2" }));
    }

    [Test]
    public void An_empty_variable_takes_an_optional_key_back()
    {
        var loaded = ConfigurationText.LoadPub(
            ConfigurationText.Pub.With("""{ "Http": { "Url": "http://127.0.0.1:1" } }"""),
            new Sources(new Dictionary<string, string> { ["KALINKA_Http__Url"] = "" })
        );

        Assert.That(loaded.Options!.HttpUrl, Is.Null);
    }

    [TestCase("Sources=", "")]
    [TestCase("KALINKA_Presence__Sources=", "")]
    [TestCase("Sources= Sources:0=Emqx", "Emqx")]
    [TestCase("KALINKA_Presence__Sources= Sources:0=Emqx", "Emqx")]
    [TestCase("KALINKA_Presence__Sources__0=Emqx Sources=", "")]
    [TestCase("KALINKA_Presence__Sources= KALINKA_Presence__Sources__3=Emqx", "Emqx")]
    [TestCase("Sources:2=Emqx", "Traffic  Emqx", Description = "between them a topic")]
    public void An_empty_value_empties_the_list_that_it_overrides(string given, string expected)
    {
        var pairs = given.Split(' ').Select(each => each.Split('=')).ToLookup(each => each[0][0] == 'K');
        var loaded = ConfigurationText.LoadPub(
            ConfigurationText.Pub.With(
                """
                { "ZooKeeper": { "ConnectionString": "z:2181" },
                  "Presence": { "Sources": [ "Traffic", { "Topic": "s/{client}", "Online": "1", "Offline": "0" } ] } }
                """
            ),
            new Sources(
                pairs[true].ToDictionary(each => each[0], each => each[1]),
                pairs[false].ToDictionary(each => $"Presence:{each[0]}", each => each[1])
            )
        );

        Assert.That(loaded.Findings.Errors, Is.Empty);
        Assert.That(
            string.Join(' ', loaded.Options!.Options.Presence.Sources.Select(each => each.Preset)),
            Is.EqualTo(expected)
        );
    }

    [Test]
    public void Instances_that_are_configured_alike_have_one_hash_wherever_their_values_come_from()
    {
        var inFile = ConfigurationText.Pub.With(
            """{ "Instance": "i1", "Mqtt": { "Seats": 3 }, "Http": { "Url": "http://127.0.0.1:1" } }"""
        );
        var environment = new Dictionary<string, string> { ["KALINKA_MQTT__SEATS"] = "3", ["KALINKA_Instance"] = "i2" };

        var hash = ConfigurationText.LoadPub(inFile).Options!.Options.ConfigurationHash;

        Assert.That(hash, Has.Length.EqualTo(16));
        Assert.That(
            ConfigurationText
                .LoadPub(ConfigurationText.Pub, new Sources(environment))
                .Options!.Options.ConfigurationHash,
            Is.EqualTo(hash)
        );
        Assert.That(
            ConfigurationText.LoadPub(ConfigurationText.Pub).Options!.Options.ConfigurationHash,
            Is.Not.EqualTo(hash)
        );
    }

    [TestCase("KALINKA_Foo", "Foo")]
    [TestCase("KALINKA_Mqtt__Seat", "Mqtt:Seat")]
    [TestCase("KALINKA_Foo__Bar", "Foo")]
    public void A_variable_with_our_prefix_that_is_no_key_is_an_error_that_names_it(string variable, string keyPath)
    {
        var loaded = ConfigurationText.LoadPub(
            ConfigurationText.Pub,
            new Sources(new Dictionary<string, string> { [variable] = "1" })
        );

        var error = loaded.Findings.OnlyError();
        Assert.That(error.KeyPath, Is.EqualTo(keyPath));
        Assert.That(error.Message, Does.StartWith("unknown key").And.Contain(variable));
    }

    [Test]
    public void A_wrong_value_tells_where_it_was_written()
    {
        var environment = new Dictionary<string, string> { ["KALINKA_Mqtt__Seats"] = "x" };
        var arguments = new Dictionary<string, string> { ["Buffer:Bytes"] = "x" };

        var loaded = ConfigurationText.LoadPub(ConfigurationText.Pub, new Sources(environment, arguments));

        var messages = loaded.Findings.Errors.ToDictionary(error => error.KeyPath, error => error.Message);
        Assert.That(messages["Mqtt:Seats"], Does.EndWith("(in the environment variable KALINKA_Mqtt__Seats)"));
        Assert.That(messages["Buffer:Bytes"], Does.EndWith("(on the command line)"));
    }
}
