namespace Kalinka.Common.Kafka.Native;

/// <summary><c>rd_kafka_conf_t</c>, and what is made of it. One thread.</summary>
internal sealed unsafe class ClientConfiguration : IDisposable
{
    private nint _conf = LibRdKafka.ConfNew();

    /// <summary>Sets one property; the reason when librdkafka does not take it, else null.</summary>
    public string? Set(string name, string value)
    {
        var text = stackalloc byte[NativeText.BufferSize];
        return LibRdKafka.ConfSet(_conf, name, value, text, NativeText.BufferSize) == 0 ? null : NativeText.Read(text);
    }

    /// <summary>Makes a client that reports by events on its main queue, logs included.</summary>
    /// <param name="type"><see cref="LibRdKafka.Producer"/> or <see cref="LibRdKafka.Consumer"/>.</param>
    /// <exception cref="KafkaFailureException">A property is wrong, or two contradict each other.</exception>
    public ClientHandle Build(int type, IEnumerable<KeyValuePair<string, string>> properties)
    {
        foreach (var (name, value) in properties)
        {
            if (Set(name, value) is { } reason)
            {
                throw new KafkaFailureException(reason);
            }
        }

        Set("log.queue", "true");
        LibRdKafka.ConfSetEvents(_conf, LibRdKafka.EventDeliveryReport | LibRdKafka.EventError | LibRdKafka.EventLog);
        return Create(type);
    }

    public void Dispose()
    {
        if (_conf != 0)
        {
            LibRdKafka.ConfDestroy(_conf);
            _conf = 0;
        }
    }

    private ClientHandle Create(int type)
    {
        var text = stackalloc byte[NativeText.BufferSize];
        var client = LibRdKafka.New(type, _conf, text, NativeText.BufferSize);
        if (client == 0)
        {
            throw new KafkaFailureException(NativeText.Read(text));
        }

        _conf = 0;
        return new ClientHandle(client);
    }
}
