using System.Collections.Immutable;
using System.Reflection.Metadata;

namespace Kalinka.Tests.Architecture;

/// <summary>Adds what one type definition mentions to a set of uses.</summary>
internal sealed class TypeUseCollector
{
    private readonly MetadataReader _metadata;
    private readonly TypeNames _names;
    private readonly TypeName _user;
    private readonly HashSet<TypeUse> _uses;

    public TypeUseCollector(MetadataReader metadata, TypeDefinitionHandle user, HashSet<TypeUse> uses)
    {
        _metadata = metadata;
        _names = new TypeNames(metadata);
        _user = _names.OfDefinition(user);
        _uses = uses;
    }

    /// <summary>A type, or a member for whose owner and signature it stands.</summary>
    public void Add(EntityHandle handle)
    {
        if (handle.IsNil)
        {
            return;
        }
        switch (handle.Kind)
        {
            case HandleKind.TypeDefinition:
                Add(_names.OfDefinition((TypeDefinitionHandle)handle));
                break;
            case HandleKind.TypeReference:
                Add(_names.OfReference((TypeReferenceHandle)handle));
                break;
            case HandleKind.TypeSpecification:
                Add(_metadata.GetTypeSpecification((TypeSpecificationHandle)handle).DecodeSignature(_names, null));
                break;
            case HandleKind.StandaloneSignature:
                AddLocals((StandaloneSignatureHandle)handle);
                break;
            default:
                AddMember(handle);
                break;
        }
    }

    public void AddSignature(FieldDefinition field) => Add(field.DecodeSignature(_names, null));

    public void AddSignature(MethodDefinition method) => Add(method.DecodeSignature(_names, null));

    public void AddLocals(StandaloneSignatureHandle handle)
    {
        if (handle.IsNil)
        {
            return;
        }
        var signature = _metadata.GetStandaloneSignature(handle);
        if (signature.GetKind() == StandaloneSignatureKind.LocalVariables)
        {
            Add(signature.DecodeLocalSignature(_names, null).SelectMany(type => type));
        }
        else
        {
            Add(signature.DecodeMethodSignature(_names, null));
        }
    }

    public void AddAttributes(CustomAttributeHandleCollection attributes)
    {
        foreach (var attribute in attributes)
        {
            Add(_metadata.GetCustomAttribute(attribute).Constructor);
        }
    }

    public void AddConstraints(GenericParameterHandleCollection parameters)
    {
        foreach (var constraint in parameters.SelectMany(p => _metadata.GetGenericParameter(p).GetConstraints()))
        {
            Add(_metadata.GetGenericParameterConstraint(constraint).Type);
        }
    }

    private void AddMember(EntityHandle handle)
    {
        switch (handle.Kind)
        {
            case HandleKind.FieldDefinition:
                Add(_metadata.GetFieldDefinition((FieldDefinitionHandle)handle).GetDeclaringType());
                break;
            case HandleKind.MethodDefinition:
                Add(_metadata.GetMethodDefinition((MethodDefinitionHandle)handle).GetDeclaringType());
                break;
            case HandleKind.MemberReference:
                AddMemberReference(_metadata.GetMemberReference((MemberReferenceHandle)handle));
                break;
            case HandleKind.MethodSpecification:
                var specification = _metadata.GetMethodSpecification((MethodSpecificationHandle)handle);
                Add(specification.Method);
                Add(specification.DecodeSignature(_names, null).SelectMany(type => type));
                break;
        }
    }

    private void AddMemberReference(MemberReference member)
    {
        Add(member.Parent);
        if (member.GetKind() == MemberReferenceKind.Method)
        {
            Add(member.DecodeMethodSignature(_names, null));
        }
        else
        {
            Add(member.DecodeFieldSignature(_names, null));
        }
    }

    private void Add(MethodSignature<ImmutableArray<TypeName>> signature)
    {
        Add(signature.ReturnType);
        Add(signature.ParameterTypes.SelectMany(type => type));
    }

    private void Add(IEnumerable<TypeName> types)
    {
        foreach (var type in types)
        {
            Add(type);
        }
    }

    private void Add(TypeName used)
    {
        if (used != _user)
        {
            _uses.Add(new TypeUse(_user, used));
        }
    }
}
