using Kalinka.Tests.Common.Configuration;

namespace Kalinka.Tests.Pub.Configuration;

internal sealed class BrokenPubConfigurationTests
{
    private const string B1 = """ "Name": "b1", "Address": "mqtt://127.0.0.1:1883" """;

    [TestCase("""{ "Mqtt": null }""", "Mqtt:Brokers", "is required", "\"Name\": \"b1\"")]
    [TestCase("""{ "Mqtt": { "Brokers": [] } }""", "Mqtt:Brokers", "is required")]
    [TestCase("""{ "Mqtt": { "Brokers": {} } }""", "Mqtt:Brokers", "is required")]
    [TestCase("""{ "Mqtt": { "Brokers": "b1" } }""", "Mqtt:Brokers", "must be a list")]
    [TestCase("""{ "Mqtt": { "Brokers": { "b1": {} } } }""", "Mqtt:Brokers", "must be a list")]
    [TestCase("""{ "Mqtt": { "Brokers": [ "mqtt://h" ] } }""", "Mqtt:Brokers:0", "must be an object")]
    [TestCase("""{ "Mqtt": { "Announced": { "Allow": [ "h", "" ] } } }""", "Mqtt:Announced:Allow:1", "10.0.0.0/8")]
    [TestCase("""{ "Mqtt": { "Announced": { "Allow": "h" } } }""", "Mqtt:Announced:Allow", "must be a list")]
    [TestCase("""{ "Mqtt": { "Announced": { "Alow": [] } } }""", "Mqtt:Announced:Alow", "did you mean Allow?")]
    [TestCase("""{ "Mqtt": { "Brokers": null, "Announced": { "Allow": [] } } }""", "Mqtt:Brokers", "is required")]
    [TestCase("""{ "Mqtt": { "Brokers": null, "Announced": { "Username": "u" } } }""", "Mqtt:Brokers", "is required")]
    [TestCase(
        """{ "Mqtt": { "Announced": { "Allow": [ "h" ] } }, "ZooKeeper": null }""",
        "Mqtt:Announced:Allow",
        "ZooKeeper"
    )]
    [TestCase(
        """{ "Mqtt": { "Announced": { "ProtocolVersion": "3.1.1", "Password": "p" } } }""",
        "Mqtt:Announced:Username",
        "MQTT-3.1.2-22"
    )]
    [TestCase("""{ "Mqtt": { "Seats": 0 } }""", "Mqtt:Seats", "'0'", "from 1 to 100")]
    [TestCase("""{ "Mqtt": { "Seats": 1.5 } }""", "Mqtt:Seats", "'1.5'", "whole number")]
    [TestCase("""{ "Mqtt": { "Seats": [ 1 ] } }""", "Mqtt:Seats", "single value")]
    [TestCase("""{ "Mqtt": { "ReceiveMaximum": 65536 } }""", "Mqtt:ReceiveMaximum", "from 1 to 65535")]
    [TestCase("""{ "Mqtt": { "SessionExpiry": "86400" } }""", "Mqtt:SessionExpiry", "hh:mm:ss", "1.00:00:00 a day")]
    [TestCase("""{ "Mqtt": { "SessionExpiry": "24:00:00" } }""", "Mqtt:SessionExpiry", "1.00:00:00 a day")]
    [TestCase("""{ "Mqtt": { "KeepAlive": "00:00:01.5" } }""", "Mqtt:KeepAlive", "whole seconds")]
    [TestCase("""{ "Mqtt": { "KeepAlive": "1.00:00:00" } }""", "Mqtt:KeepAlive", "18:12:15")]
    [TestCase("""{ "Mqtt": { "ShareName": "a/b" } }""", "Mqtt:ShareName", "'a/b'", "letters")]
    [TestCase("""{ "Mqtt": { "ClientId": "Käse" } }""", "Mqtt:ClientId", "A-Z, a-z")]
    [TestCase("""{ "Mqtt": { "ShareNam": "x" } }""", "Mqtt:ShareNam", "unknown key", "did you mean ShareName?")]
    [TestCase("""{ "Http": true }""", "Http", "must be an object")]
    [TestCase("""{ "Instance": "a b" }""", "Instance", "'a b'")]
    [TestCase("""{ "Kafka": { "BootstrapServers": null } }""", "Kafka:BootstrapServers", "is required", "k1:9092")]
    [TestCase("""{ "Kafka": { "BootstrapServers": "" } }""", "Kafka:BootstrapServers", "is required")]
    [TestCase("""{ "Kafka": { "BootstrapServers": "k1:0" } }""", "Kafka:BootstrapServers", "'k1:0'")]
    [TestCase("""{ "Kafka": { "BootstrapServers": "k1:9092,,k2" } }""", "Kafka:BootstrapServers", "'' is no host:port")]
    [TestCase("""{ "Kafka": { "BootstrapServers": [ "k1" ] } }""", "Kafka:BootstrapServers", "not an object or a list")]
    [TestCase("""{ "Kafka": { "CreateTopics": "Al" } }""", "Kafka:CreateTopics", "None, FromRules, All", "mean All?")]
    [TestCase("""{ "Kafka": { "Properties": [] , "Propertys": 1 } }""", "Kafka:Propertys", "did you mean Properties?")]
    [TestCase(
        """{ "Kafka": { "Properties": { "compresion.type": "lz4" } } }""",
        "Kafka:Properties:compresion.type",
        "did you mean compression.type?"
    )]
    [TestCase("""{ "ZooKeeper": { "ConnectionString": "z1:0" } }""", "ZooKeeper:ConnectionString", "1 to 65535")]
    [TestCase("""{ "ZooKeeper": { "SessionTimeout": 10 } }""", "ZooKeeper:SessionTimeout", "00:00:10 is ten seconds")]
    [TestCase(
        """{ "ZooKeeper": { "ConnectionString": null, "Shards": true } }""",
        "ZooKeeper:ConnectionString",
        "z1:2181"
    )]
    [TestCase("""{ "ZooKeeper": { "Shards": "maybe" } }""", "ZooKeeper:Shards", "true or false")]
    [TestCase("""{ "ZooKeeper": { "ClientsPath": "clients" } }""", "ZooKeeper:ClientsPath", "/clients")]
    [TestCase("""{ "ZooKeeper": { "Auth": "kalinka" } }""", "ZooKeeper:Auth", "user:password")]
    [TestCase("""{ "ZooKeeper": null, "Presence": { "Sources": [ "Traffic" ] } }""", "Presence:Sources", "ZooKeeper")]
    [TestCase("""{ "Presence": { "Sources": [ "Traffik" ] } }""", "Presence:Sources:0", "Traffic, Emqx")]
    [TestCase("""{ "Presence": { "Sources": [ "VerneMQ" ] } }""", "Presence:Sources:0", "VerneMQ publishes nothing")]
    [TestCase("""{ "Presence": { "Sources": [ "hivemq" ] } }""", "Presence:Sources:0", "with a will")]
    [TestCase("""{ "Presence": { "Sources": [ "ActiveMq" ] } }""", "Presence:Sources:0", "Traffic, or a topic")]
    [TestCase("""{ "Presence": { "Sources": "Traffic" } }""", "Presence:Sources", "must be a list")]
    [TestCase("""{ "Presence": { "Sources": [ "Emqx", "emqx" ] } }""", "Presence:Sources", "2 times")]
    [TestCase("""{ "Presence": { "NewClientsPerSecond": 0 } }""", "Presence:NewClientsPerSecond", "from 1")]
    [TestCase("""{ "Presence": { "MaximumClients": "many" } }""", "Presence:MaximumClients", "from 1")]
    [TestCase(
        """{ "Presence": { "Sources": [ { "Topic": "s/{client}/#/x", "Online": "1", "Offline": "0" } ] } }""",
        "Presence:Sources:0:Topic",
        "only be the last level"
    )]
    [TestCase(
        """{ "Presence": { "Sources": [ { "Topic": "{site}/{client}", "Online": "1", "Offline": "0" } ] } }""",
        "Presence:Sources:0:Topic",
        "only {client}"
    )]
    [TestCase(
        """{ "Presence": { "Sources": [ { "Topic": "$share/g/{client}", "Online": "1", "Offline": "0" } ] } }""",
        "Presence:Sources:0:Topic",
        "leave $share"
    )]
    [TestCase(
        """{ "Presence": { "Sources": [ { "Topic": "s/{client}", "Online": "1", "Offline": "1" } ] } }""",
        "Presence:Sources:0:Offline",
        "another one"
    )]
    [TestCase(
        """{ "Presence": { "Sources": [ { "Topic": "s/+", "Online": "1", "Offline": "0" } ] } }""",
        "Presence:Sources:0:Topic",
        "status/{client}"
    )]
    [TestCase(
        """{ "Presence": { "Sources": [ { "Topic": "s/{client}", "Offline": "0" } ] } }""",
        "Presence:Sources:0:Online",
        "is required"
    )]
    [TestCase("""{ "Mapping": { "Rules": [] } }""", "Mapping:Rules", "is required")]
    [TestCase("""{ "Mapping": { "Rules": [ { "From": "a" } ] } }""", "Mapping:Rules:0:To", "is required")]
    [TestCase(
        """{ "Mapping": { "Rules": [ { "From": "a", "To": "b", "Qos": 2 } ] } }""",
        "Mapping:Rules:0:Qos",
        "at least once"
    )]
    [TestCase(
        """{ "Mapping": { "Rules": [ { "From": "a", "To": "b", "Headers": [ "x" ] } ] } }""",
        "Mapping:Rules:0:Headers",
        "must be an object"
    )]
    [TestCase("""{ "Mapping": { "Rules": [ { "From": "a/{x}", "To": "{y}" } ] } }""", "Mapping:Rules:0:To", "{y}")]
    [TestCase("""{ "Mapping": { "Unmapped": "Keep" } }""", "Mapping:Unmapped", "Drop, DeadLetter")]
    [TestCase("""{ "DeadLetter": { "Topic": "dead letters" } }""", "DeadLetter:Topic", "249")]
    [TestCase("""{ "Records": { "Sequence": 1 } }""", "Records:Sequence", "true or false")]
    [TestCase("""{ "Buffer": { "Bytes": 1024 } }""", "Buffer:Bytes", "from 65536")]
    [TestCase("""{ "Http": { "Url": "9464" } }""", "Http:Url", "http://127.0.0.1:9464")]
    [TestCase("""{ "Http": { "Url": "https://h:1" } }""", "Http:Url", "proxy")]
    [TestCase("""{ "Http": { "Url": "http://h:1/x" } }""", "Http:Url", "http://host:port")]
    [TestCase("""{ "Delivery": { "Mode": "Direct" } }""", "Delivery", "kalinka-sub only")]
    [TestCase("""{ "Logging": {} }""", "Logging", "unknown key")]
    public void A_mistake_is_told_with_its_place_and_what_would_be_right(
        string fragment,
        string keyPath,
        params string[] words
    )
    {
        var loaded = ConfigurationText.LoadPub(ConfigurationText.Pub.With(fragment));

        Assert.That(loaded.Options, Is.Null);
        var error = loaded.Findings.OnlyError();
        Assert.That(error.KeyPath, Is.EqualTo(keyPath));
        foreach (var word in words)
        {
            Assert.That(error.Message, Does.Contain(word));
        }
    }

    [TestCase(""" "Name": "b1" """, "Address", "is required", "mqtt://host:1883")]
    [TestCase(""" "Name": "b1", "Address": "h:1883" """, "Address", "no scheme", "did you mean mqtt://h:1883?")]
    [TestCase(""" "Name": "b1", "Address": "tcp://h:1883" """, "Address", "did you mean mqtt://h:1883?")]
    [TestCase(""" "Name": "b1", "Address": "ssl://h:8883" """, "Address", "did you mean mqtts://h:8883?")]
    [TestCase(""" "Name": "b1", "Address": "wss://h/mqtt" """, "Address", "WebSockets")]
    [TestCase(""" "Name": "b1", "Address": "amqp://h" """, "Address", "is expected")]
    [TestCase(""" "Name": "b1", "Address": "mqtt://h:99999" """, "Address", "is no address")]
    [TestCase(""" "Name": "b1", "Address": "mqtt://h:0" """, "Address", "is no address")]
    [TestCase(""" "Name": "b1", "Address": "mqtt://h/x" """, "Address", "must end with the port")]
    [TestCase(""" "Address": "mqtt://h" """, "Name", "is required")]
    [TestCase(""" "Name": "b/1", "Address": "mqtt://h" """, "Name", "'b/1'", "digits, dots")]
    [TestCase(B1 + """, "Tls": { } """, "Tls", "mqtts://127.0.0.1:8883")]
    [TestCase(B1 + """, "ProtocolVersion": "4" """, "ProtocolVersion", "5.0, 3.1.1")]
    [TestCase(B1 + """, "ProtocolVersion": "3.1.1", "Password": "s" """, "Username", "MQTT-3.1.2-22")]
    [TestCase(B1 + """, "PasswordFile": "/no/such/file" """, "PasswordFile", "no such file")]
    [TestCase(B1 + """, "Passwort": "s" """, "Passwort", "unknown key; did you mean Password?")]
    [TestCase(
        """ "Name": "b1", "Address": "mqtts://h", "Tls": { "CaFile": "/no/ca" } """,
        "Tls:CaFile",
        "no such file"
    )]
    [TestCase(
        """ "Name": "b1", "Address": "mqtts://h", "Tls": { "CaFile": "/dev/null" } """,
        "Tls:CaFile",
        "no certificate"
    )]
    [TestCase(
        """ "Name": "b1", "Address": "mqtts://h", "Tls": { "CertificateFile": "/dev/null" } """,
        "Tls:KeyFile",
        "is required"
    )]
    public void A_mistake_in_a_broker_is_told_at_the_broker(string broker, string key, params string[] words)
    {
        var fragment = $$"""
            { "Mqtt": { "Brokers": [ { "Name": "b0", "Address": "mqtt://b0" }, { {{broker}} } ] } }
            """;
        A_mistake_is_told_with_its_place_and_what_would_be_right(fragment, $"Mqtt:Brokers:1:{key}", words);
    }

    [Test]
    public void Overlapping_filters_are_refused_for_a_broker_that_cannot_tell_copies_apart()
    {
        const string rules = """[ { "From": "a/{x}/c", "To": "t" }, { "From": "a/b/{y}", "To": "u" } ]""";
        var overlap = ConfigurationText.Pub.With($$"""{ "Mapping": { "Rules": {{rules}} } }""");
        var old = overlap.With(
            """
            { "Mqtt": { "Brokers": [ { "Name": "b1", "Address": "mqtt://h", "ProtocolVersion": "3.1.1" } ] } }
            """
        );

        Assert.That(ConfigurationText.LoadPub(overlap).Findings.Errors, Is.Empty);
        var error = ConfigurationText.LoadPub(old).Findings.OnlyError();
        Assert.That(error.KeyPath, Is.EqualTo("Mapping:Rules"));
        Assert.That(error.Message, Does.Contain("b1").And.Contain("MQTT 3.1.1"));
    }

    [Test]
    public void Credentials_in_an_address_are_refused_and_not_repeated()
    {
        var loaded = ConfigurationText.LoadPub(
            ConfigurationText.Pub.With(
                """{ "Mqtt": { "Brokers": [ { "Name": "b1", "Address": "mqtt://me:s3cret@h" } ] } }"""
            )
        );

        var error = loaded.Findings.OnlyError();
        Assert.That(error.KeyPath, Is.EqualTo("Mqtt:Brokers:0:Address"));
        Assert.That(error.Message, Does.Contain("Username").And.Not.Contain("s3cret"));
    }

    [Test]
    public void Two_brokers_of_one_name_are_refused_and_the_first_is_named()
    {
        var loaded = ConfigurationText.LoadPub(
            ConfigurationText.Pub.With(
                """
                { "Mqtt": { "Brokers": [ { "Name": "b1", "Address": "mqtt://h1" }, { "Name": "b1", "Address": "mqtt://h2" } ] } }
                """
            )
        );

        var error = loaded.Findings.OnlyError();
        Assert.That(error.ToString(), Is.EqualTo("Mqtt:Brokers:1:Name: 'b1' is the name of Mqtt:Brokers:0 already"));
    }

    [Test]
    public void All_mistakes_are_told_at_once()
    {
        var loaded = ConfigurationText.LoadPub(
            """{ "Mqtt": { "Brokers": [ { "Name": "b 1", "Adress": "mqtt://h" } ], "Seats": 0 }, "Mapping": {}, "X": 1 }"""
        );

        string[] expected =
        [
            "Kafka:BootstrapServers",
            "Mapping:Rules",
            "Mqtt:Brokers:0:Address",
            "Mqtt:Brokers:0:Adress",
            "Mqtt:Brokers:0:Name",
            "Mqtt:Seats",
            "X",
        ];
        Assert.That(loaded.Findings.Errors.Select(error => error.KeyPath), Is.EquivalentTo(expected));
    }
}
