namespace Kalinka.Common.Mapping;

/// <summary>Where a value of a template comes from.</summary>
public enum ValueKind
{
    Capture,

    /// <summary><c>{key}</c>: the key of the record that was read.</summary>
    Key,

    /// <summary><c>{topic}</c>: the topic that the message came from.</summary>
    Topic,

    /// <summary><c>{broker}</c>: the name of the MQTT broker.</summary>
    Broker,

    /// <summary><c>{header:NAME}</c>: the first record header of that name.</summary>
    Header,

    /// <summary><c>{property:NAME}</c>: the first MQTT 5 user property of that name.</summary>
    Property,
}
